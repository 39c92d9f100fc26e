import { helperIds } from "./helper.js";
import { Alu, Atomic, type Instruction, InstructionClass, Jump, Pseudo } from "./instruction.js";
import { StackSlot } from "./operation.js";
import type { FunctionText, ProgramText } from "./program.js";
import { siteName, siteOf } from "./site.js";

/**
 * A listing of a program as the kernel's verifier and bpftool write it, with the names of the source: maps, helpers,
 * sub-programs, fields, labels, and where the text was traced the line that made the instruction.
 *
 *       2  r3 = *(u16 *)(r2 + 12)               ; Ethernet.type                 director.ts:42
 *       3  if w3 != 0x8 goto no1
 */
export function disassemble(text: ProgramText): string {
  const listing = new Listing(text);
  return text.functions
    .map((one, index) => listing.function(one, text.functions[index + 1]?.start))
    .join("\n");
}

/** One instruction as text, without its number. */
export function describe(text: ProgramText, index: number): string {
  return new Listing(text).instruction(index);
}

class Listing {
  readonly #labels: ReadonlyMap<number, string>;
  readonly #functions: ReadonlyMap<number, string>;

  constructor(private readonly text: ProgramText) {
    this.#functions = new Map(text.functions.map(({ start, name }) => [start, name]));
    this.#labels = labelsOf(text);
  }

  function({ name, start, stack, subprogram }: FunctionText, end = this.text.list.length): string {
    const { hook, list } = this.text;
    const kind = subprogram ? (subprogram.callback ? "callback" : "sub-program") : hook;
    const lines = [`${name}: ; ${kind}, ${end - start} instructions, ${stack} bytes of stack`];
    let lastSite = "";
    for (let index = start; index < end; index++) {
      // The second half of a 64-bit immediate stands in the first one's line.
      if (list[index]!.opcode === 0) continue;
      const label = this.#labels.get(index);
      if (label) lines.push(`${label}:`);
      const site = siteOf(this.text.origins[index]?.site);
      const where = site ? siteName(site) : "";
      const notes = [this.#field(index), where === lastSite ? "" : where].filter((note) => note !== "");
      lastSite = where;
      const code = `${String(index).padStart(5)}  ${this.instruction(index)}`;
      lines.push(notes.length > 0 ? `${code.padEnd(46)} ; ${notes.join("  -- ")}` : code);
    }
    return `${lines.join("\n")}\n`;
  }

  instruction(index: number): string {
    const instruction = this.text.list[index]!;
    const { opcode, dst, src, offset, imm } = instruction;
    switch (opcode & 7) {
      case InstructionClass.LD:
        return `r${dst} = ${this.#wide(instruction, index)}`;
      case InstructionClass.LDX:
        return `r${dst} = ${memory(opcode, src, offset)}`;
      case InstructionClass.ST:
        return `${memory(opcode, dst, offset)} = ${imm}`;
      case InstructionClass.STX:
        return (opcode & 0xe0) === 0xc0 ? atomic(instruction) : `${memory(opcode, dst, offset)} = r${src}`;
      case InstructionClass.ALU32:
      case InstructionClass.ALU64:
        return arithmetic(instruction);
      default:
        return this.#jump(instruction, index);
    }
  }

  #wide({ src, imm }: Instruction, index: number): string {
    if (src === Pseudo.function) return `function ${this.#functions.get(index + 1 + imm) ?? imm}`;
    const next = this.text.list[index + 1]?.imm ?? 0;
    const reference = this.text.mapReferences.find(({ instruction }) => instruction === index);
    if (!reference) return hex((BigInt(next) << 32n) | BigInt.asUintN(32, BigInt(imm)));
    if (reference.valueOffset === undefined) return `map ${reference.map.name}`;
    return `value of map ${reference.map.name}${distance(reference.valueOffset)}`;
  }

  #jump({ opcode, dst, src, offset, imm }: Instruction, index: number): string {
    const operation = opcode & 0xf0;
    if (operation === Jump.exit) return "exit";
    if (operation === Jump.call) {
      if (src === 1) return `call ${this.#functions.get(index + 1 + imm) ?? imm}`;
      return `call ${helperNames.get(imm) ?? "helper"}#${imm}`;
    }
    const target = `goto ${this.#labels.get(index + 1 + offset) ?? index + 1 + offset}`;
    if (operation === Jump.always) return target;
    const register = (opcode & 7) === InstructionClass.JMP32 ? "w" : "r";
    const right = opcode & 8 ? `${register}${src}` : hex(BigInt(imm));
    return `if ${register}${dst} ${comparisonSigns.get(operation)} ${right} ${target}`;
  }

  /** The field, or the thing on the stack, that an instruction reads or writes. */
  #field(index: number): string {
    const origin = this.text.origins[index];
    if (origin?.kind !== "load" && origin?.kind !== "store" && origin?.kind !== "stack") return "";
    if (origin.kind !== "stack" && origin.field) return origin.field;
    const base = origin.kind === "stack" ? origin.slot : origin.kind === "load" ? origin.from : origin.at;
    return base instanceof StackSlot ? `${base.name}${distance(origin.offset)}` : "";
  }
}

/** Names for what is jumped to: the source's, made distinct. */
function labelsOf({ list, origins }: ProgramText): Map<number, string> {
  const labels = new Map<number, string>();
  const taken = new Set<string>();
  for (const [index, { opcode, offset }] of list.entries()) {
    const cls = opcode & 7;
    const jumps = cls === InstructionClass.JMP || cls === InstructionClass.JMP32;
    if (!jumps || (opcode & 0xf0) === Jump.call || (opcode & 0xf0) === Jump.exit) continue;
    const target = index + 1 + offset;
    if (labels.has(target)) continue;
    const origin = origins[index];
    const own =
      origin?.kind === "jump" || origin?.kind === "branch" ? origin.label.name : `instruction${target}`;
    const name = taken.has(own) ? `${own}_${target}` : own;
    taken.add(name);
    labels.set(target, name);
  }
  return labels;
}

const distance = (offset: number) => (offset === 0 ? "" : offset < 0 ? ` - ${-offset}` : ` + ${offset}`);

function memory(opcode: number, register: number, offset: number): string {
  return `*(${widthNames[(opcode & 0x18) >> 3]} *)(r${register}${distance(offset)})`;
}
const widthNames = ["u32", "u16", "u8", "u64"];

function atomic({ opcode, dst, src, offset, imm }: Instruction): string {
  const place = memory(opcode, dst, offset);
  const fetches = (imm & Atomic.fetch) !== 0;
  if (imm === Atomic.compareExchange) return `r0 = compare and exchange ${place}, r0, r${src}`;
  if (imm === Atomic.exchange) return `r${src} = exchange ${place}, r${src}`;
  const sign = aluSigns.get(imm & 0xf0)!;
  return fetches ? `r${src} = fetch ${place} ${sign} r${src}` : `lock ${place} ${sign} r${src}`;
}

function arithmetic({ opcode, dst, src, imm }: Instruction): string {
  const register = (opcode & 7) === InstructionClass.ALU64 ? "r" : "w";
  const operation = opcode & 0xf0;
  if (operation === Alu.swap) return `r${dst} = be${imm} r${dst}`;
  const right = opcode & 8 ? `${register}${src}` : hex(BigInt(imm));
  return `${register}${dst} ${aluSigns.get(operation)} ${right}`;
}

/** Small numbers as they are, others as the bits are seen. */
function hex(value: bigint): string {
  if (value > -1000n && value < 1000n) return String(value);
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

const helperNames = new Map<number, string>(Object.entries(helperIds).map(([name, id]) => [id, name]));

const aluSigns = new Map<number, string>([
  [Alu.add, "+="],
  [Alu.sub, "-="],
  [Alu.mul, "*="],
  [Alu.div, "/="],
  [Alu.or, "|="],
  [Alu.and, "&="],
  [Alu.lsh, "<<="],
  [Alu.rsh, ">>="],
  [Alu.mod, "%="],
  [Alu.xor, "^="],
  [Alu.mov, "="],
  [Alu.arsh, "s>>="],
]);

const comparisonSigns = new Map<number, string>([
  [Jump.eq, "=="],
  [Jump.gt, ">"],
  [Jump.ge, ">="],
  [Jump.set, "&"],
  [Jump.ne, "!="],
  [Jump.sgt, "s>"],
  [Jump.sge, "s>="],
  [Jump.lt, "<"],
  [Jump.le, "<="],
  [Jump.slt, "s<"],
  [Jump.sle, "s<="],
]);
