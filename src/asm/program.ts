import { FunctionBuilder, writing } from "./function-builder.js";
import type { GivenNumber } from "./given.js";
import { encode, type Instruction } from "./instruction.js";
import { type LooseInstruction, type LoweredFunction, lower } from "./lower.js";
import type { MapDeclaration } from "./map.js";
import type { Operation, Temporary } from "./operation.js";
import type { Subprogram, WrittenFunction } from "./subprogram.js";

/** Where a program is attached. */
export type Hook = "xdp" | "tc";

/** A program that was declared. */
export interface Program {
  readonly name: string;
  readonly hook: Hook;
  /**
   * Its instructions, made once. `traced`: made anew, and it remembers which line of TypeScript made which instruction (for the
   * verifier's log).
   */
  write(options?: { traced?: boolean }): ProgramText;
}

/** A function within a program's instructions. */
export interface FunctionText {
  readonly name: string;
  /** The first instruction. */
  readonly start: number;
  readonly subprogram: Subprogram | undefined;
  /** Bytes of stack. */
  readonly stack: number;
}

/** What a program consists of, as the loader, BTF and the disassembler want it. */
export interface ProgramText {
  readonly name: string;
  readonly hook: Hook;
  readonly list: readonly Instruction[];
  /** The same, eight bytes each; maps are still zero. */
  readonly instructions: Uint8Array;
  /** Which instruction refers to which map; `valueOffset` where it is the address of the value itself. */
  readonly mapReferences: readonly { instruction: number; map: MapDeclaration; valueOffset?: number }[];
  /** Which 64-bit loads are told their number when the program is loaded. */
  readonly givenReferences: readonly { instruction: number; given: GivenNumber }[];
  readonly functions: readonly FunctionText[];
  readonly maps: readonly MapDeclaration[];
  /** The operation behind each instruction, with its line if it was traced. */
  readonly origins: readonly (Operation | undefined)[];
}

/** Declares a program from the function that writes its body, given the temporary that holds its context. */
export function declareProgram(name: string, hook: Hook, body: (context: Temporary) => void): Program {
  const make = (traced: boolean) => {
    const b = new FunctionBuilder(name, traced);
    const context = b.temporary("context");
    writing(b, () => {
      body(context);
      if (b.reachable) throw new Error(`${name}: the program has an end without a verdict`);
    });
    return link({ name, parameters: [context], builder: b, subprogram: undefined }, hook, traced);
  };
  let text: ProgramText | undefined;
  return {
    name,
    hook,
    write({ traced = false } = {}) {
      if (traced) return make(true);
      text ??= make(false);
      return text;
    },
  };
}

/** Puts the functions behind one another and turns names into numbers. */
function link(main: WrittenFunction, hook: Hook, traced: boolean): ProgramText {
  const lowered = [lower(main)];
  const placed = new Map<Subprogram, LoweredFunction>();
  for (let i = 0; i < lowered.length; i++) {
    for (const { function: called } of lowered[i]!.instructions) {
      if (!called || placed.has(called.subprogram)) continue;
      const next = lower(called.subprogram.write(traced));
      placed.set(called.subprogram, next);
      lowered.push(next);
    }
  }
  const starts = new Map<LoweredFunction, number>();
  let total = 0;
  for (const one of lowered) {
    starts.set(one, total);
    total += one.instructions.length;
  }

  const list: Instruction[] = [];
  const mapReferences: { instruction: number; map: MapDeclaration; valueOffset?: number }[] = [];
  const givenReferences: { instruction: number; given: GivenNumber }[] = [];
  const origins: (Operation | undefined)[] = [];
  for (const one of lowered) {
    const start = starts.get(one)!;
    for (const loose of one.instructions) {
      const at = list.length;
      list.push(resolve(loose, at, start, one, (subprogram) => starts.get(placed.get(subprogram)!)!));
      origins.push(loose.operation);
      if (loose.given) givenReferences.push({ instruction: at, given: loose.given });
      if (loose.map) {
        const { map, valueOffset } = loose.map;
        mapReferences.push({ instruction: at, map, ...(valueOffset !== undefined && { valueOffset }) });
      }
    }
  }
  return {
    name: main.name,
    hook,
    list,
    instructions: encode(list),
    mapReferences,
    givenReferences,
    functions: lowered.map((one) => ({
      name: one.written.name,
      start: starts.get(one)!,
      subprogram: one.written.subprogram,
      stack: one.stack,
    })),
    maps: [...new Set(mapReferences.map(({ map }) => map))],
    origins,
  };
}

function resolve(
  loose: LooseInstruction,
  at: number,
  start: number,
  one: LoweredFunction,
  startOf: (subprogram: Subprogram) => number,
): Instruction {
  let { opcode, dst, src, offset, imm } = loose;
  if (loose.jump) {
    const target = one.labels.get(loose.jump);
    if (target === undefined)
      throw new Error(`${one.written.name}: the label ${loose.jump.name} stands nowhere`);
    offset = start + target - at - 1;
    if (offset !== (offset << 16) >> 16)
      throw new Error(`${one.written.name}: a jump over ${offset} instructions`);
  }
  if (loose.function) imm = startOf(loose.function.subprogram) - at - 1;
  return { opcode, dst, src, offset, imm };
}
