import type { Allocation } from "./allocate.js";
import { allocate } from "./allocate.js";
import { coalesce } from "./coalesce.js";
import type { GivenNumber } from "./given.js";
import {
  Alu,
  type AluName,
  Atomic,
  CallKind,
  frame,
  type Instruction,
  InstructionClass,
  Jump,
  Mode,
  Pseudo,
  type Size,
  width,
  withRegister,
} from "./instruction.js";
import type { MapDeclaration } from "./map.js";
import {
  type Base,
  isCommutative,
  type Label,
  type Operand,
  type Operation,
  StackSlot,
  Temporary,
  uses,
} from "./operation.js";
import { inOrder, type Move } from "./parallel-move.js";
import { simplify } from "./simplify.js";
import { placeSlots } from "./stack.js";
import type { Subprogram, WrittenFunction } from "./subprogram.js";

/** An instruction whose jumps, maps and functions are still names. */
export interface LooseInstruction extends Instruction {
  readonly jump?: Label;
  readonly map?: { readonly map: MapDeclaration; readonly valueOffset: number | undefined };
  readonly given?: GivenNumber;
  readonly function?: { readonly subprogram: Subprogram; readonly relative: boolean };
  /** The second half of a 64-bit immediate. */
  readonly continued?: boolean;
  readonly operation?: Operation;
}

export interface LoweredFunction {
  readonly written: WrittenFunction;
  readonly instructions: readonly LooseInstruction[];
  readonly labels: ReadonlyMap<Label, number>;
  /** Bytes of its stack frame. */
  readonly stack: number;
}

/** Makes machine instructions of a function's operations. */
export function lower(written: WrittenFunction): LoweredFunction {
  const simple = simplify(written.builder.operations, written.parameters);
  const operations = coalesce(simple, written.parameters);
  const allocation = allocate(operations, written.parameters);
  const stack = placeSlots(allocation.operations, written.builder.slots, allocation.slots, allocation.saved);
  if (stack > 512) throw new Error(`${written.name} needs ${stack} bytes of stack, and there are 512`);
  const lowering = new Lowering(written, allocation);
  lowering.run();
  return { written, instructions: lowering.instructions, labels: lowering.labels, stack };
}

class Lowering {
  readonly instructions: LooseInstruction[] = [];
  readonly labels = new Map<Label, number>();
  #operation: Operation | undefined;

  constructor(
    readonly written: WrittenFunction,
    readonly allocation: Allocation,
  ) {}

  run(): void {
    const { operations } = this.allocation;
    this.#receiveParameters();
    for (const [index, operation] of operations.entries()) {
      this.#operation = operation;
      this.#lower(operation, index, operations[index + 1]);
    }
  }

  #receiveParameters(): void {
    const moves = this.written.parameters.flatMap((parameter, index) => {
      const to = this.allocation.register.get(parameter);
      return to === undefined ? [] : [{ to, from: index + 1 }];
    });
    this.#moveAll(moves);
  }

  #lower(operation: Operation, index: number, next: Operation | undefined): void {
    switch (operation.kind) {
      case "alu":
        this.#alu(
          operation.op,
          operation.wide,
          this.#register(operation.to),
          this.#register(operation.left),
          this.#source(operation.right),
        );
        return;
      case "swap": {
        const to = this.#register(operation.to);
        this.#move(to, this.#register(operation.from));
        // "To big endian": the bit that says register here says the target's order.
        this.#add({ opcode: InstructionClass.ALU32 | Alu.swap | withRegister, dst: to, imm: operation.bits });
        return;
      }
      case "move": {
        const to = this.#register(operation.to);
        const from = this.#source(operation.from);
        if (operation.wide && typeof from !== "number" && from.register === to) return;
        this.#binary("mov", operation.wide, to, from);
        return;
      }
      case "constant": {
        const low = Number(BigInt.asIntN(32, operation.value));
        const high = Number(BigInt.asIntN(32, operation.value >> 32n));
        this.#wide(this.#register(operation.to), 0, low, high, operation.given && { given: operation.given });
        return;
      }
      case "map": {
        const { map, valueOffset } = operation;
        const pseudo = valueOffset === undefined ? Pseudo.mapFd : Pseudo.mapValue;
        this.#wide(this.#register(operation.to), pseudo, 0, valueOffset ?? 0, { map: { map, valueOffset } });
        return;
      }
      case "function":
        this.#wide(this.#register(operation.to), Pseudo.function, 0, 0, {
          function: { subprogram: operation.target, relative: true },
        });
        return;
      case "stack": {
        const to = this.#register(operation.to);
        this.#binary("mov", true, to, { register: frame });
        const offset = operation.slot.offset + operation.offset;
        if (offset !== 0) this.#binary("add", true, to, offset);
        return;
      }
      case "load": {
        const { register, offset } = this.#place(operation.from, operation.offset);
        const opcode = InstructionClass.LDX | Mode.mem | width[operation.size];
        this.#add({ opcode, dst: this.#register(operation.to), src: register, offset });
        return;
      }
      case "store": {
        const place = this.#place(operation.at, operation.offset);
        const value = this.#source(operation.value);
        const form = Mode.mem | width[operation.size as Size];
        if (typeof value === "number")
          this.#add({
            opcode: InstructionClass.ST | form,
            dst: place.register,
            offset: place.offset,
            imm: value,
          });
        else
          this.#add({
            opcode: InstructionClass.STX | form,
            dst: place.register,
            offset: place.offset,
            src: value.register,
          });
        return;
      }
      case "atomic":
        this.#atomic(operation);
        return;
      case "call":
        this.#call(operation, index);
        return;
      case "jump":
        if (next?.kind === "label" && next.label === operation.label) return;
        this.#add({ opcode: InstructionClass.JMP | Jump.always, jump: operation.label });
        return;
      case "branch": {
        const right = this.#source(operation.right);
        const cls = operation.wide ? InstructionClass.JMP : InstructionClass.JMP32;
        const opcode = cls | Jump[operation.comparison];
        const dst = this.#register(operation.left);
        if (typeof right === "number") this.#add({ opcode, dst, imm: right, jump: operation.label });
        else this.#add({ opcode: opcode | withRegister, dst, src: right.register, jump: operation.label });
        return;
      }
      case "label":
        this.labels.set(operation.label, this.instructions.length);
        return;
      case "exit":
        if (operation.value !== undefined) {
          const from = this.#source(operation.value);
          if (typeof from === "number" || from.register !== 0) this.#binary("mov", true, 0, from);
        }
        this.#add({ opcode: InstructionClass.JMP | Jump.exit });
        return;
    }
  }

  /** to = left op right, on a machine whose operations overwrite their left side. */
  #alu(op: AluName, wide: boolean, to: number, left: number, right: Source): void {
    if (to === left) this.#binary(op, wide, to, right);
    else if (typeof right !== "number" && right.register === to) {
      if (!isCommutative(op)) throw new Error(`${this.written.name}: ${op} would overwrite its right side`);
      this.#binary(op, wide, to, { register: left });
    } else {
      this.#binary("mov", wide, to, { register: left });
      this.#binary(op, wide, to, right);
    }
  }

  #atomic(operation: Operation & { kind: "atomic" }): void {
    const place = this.#place(operation.at, operation.offset);
    const value = this.#register(operation.value);
    const opcode = InstructionClass.STX | Mode.atomic | width[operation.wide ? 8 : 4];
    const add = (src: number) =>
      this.#add({ opcode, dst: place.register, src, offset: place.offset, imm: operation.operation });
    if (operation.expected) {
      this.#move(0, this.#register(operation.expected));
      add(value);
      if (operation.to) this.#move(this.#register(operation.to), 0);
      // The old value comes with its upper half zero, also where the CPU's own instruction leaves it.
    } else if ((operation.operation & Atomic.fetch) !== 0 && operation.to) {
      const to = this.#register(operation.to);
      this.#move(to, value);
      add(to);
    } else add(value);
  }

  #call(operation: Operation & { kind: "call" }, index: number): void {
    const saved = this.allocation.saved.get(index) ?? [];
    for (const { temporary, slot } of saved)
      this.#add({
        opcode: InstructionClass.STX | Mode.mem | width[8],
        dst: frame,
        src: this.#register(temporary),
        offset: slot.offset,
      });
    const sources = operation.arguments.map((argument) => this.#source(argument));
    this.#moveAll(
      sources.flatMap((source, i) =>
        typeof source === "number" ? [] : [{ to: i + 1, from: source.register }],
      ),
    );
    for (const [i, source] of sources.entries())
      if (typeof source === "number") this.#binary("mov", true, i + 1, source);
    const { target } = operation;
    if (target.kind === "helper")
      this.#add({ opcode: InstructionClass.JMP | Jump.call, src: CallKind.helper, imm: target.id });
    else
      this.#add({
        opcode: InstructionClass.JMP | Jump.call,
        src: CallKind.local,
        function: { subprogram: target.subprogram, relative: true },
      });
    for (const { temporary, slot } of saved)
      this.#add({
        opcode: InstructionClass.LDX | Mode.mem | width[8],
        dst: this.#register(temporary),
        src: frame,
        offset: slot.offset,
      });
    const to = operation.to && this.allocation.register.get(operation.to);
    if (to !== undefined && this.#isRead(operation.to!)) this.#move(to, 0);
  }

  #read: Set<Temporary> | undefined;
  #isRead(temporary: Temporary): boolean {
    this.#read ??= readTemporaries(this.allocation.operations);
    return this.#read.has(temporary);
  }

  /** Moves between registers as if all at once. */
  #moveAll(moves: readonly Move[]): void {
    for (const { to, from } of inOrder(moves)) this.#move(to, from);
  }

  #place(base: Base, offset: number): { register: number; offset: number } {
    if (base instanceof StackSlot) return { register: frame, offset: base.offset + offset };
    return { register: this.#register(base), offset };
  }

  #register(temporary: Temporary): number {
    const register = this.allocation.register.get(temporary);
    if (register === undefined) throw new Error(`${this.written.name}: a value has no register`);
    return register;
  }

  #source(operand: Operand): Source {
    return operand instanceof Temporary ? { register: this.#register(operand) } : operand;
  }

  #move(to: number, from: number): void {
    if (to !== from) this.#binary("mov", true, to, { register: from });
  }

  #binary(op: AluName, wide: boolean, dst: number, right: Source): void {
    const opcode = (wide ? InstructionClass.ALU64 : InstructionClass.ALU32) | Alu[op];
    if (typeof right === "number") this.#add({ opcode, dst, imm: right });
    else this.#add({ opcode: opcode | withRegister, dst, src: right.register });
  }

  #wide(dst: number, src: number, low: number, high: number, names: Partial<LooseInstruction> = {}): void {
    this.#add({ opcode: InstructionClass.LD | Mode.imm | width[8], dst, src, imm: low, ...names });
    this.#add({ opcode: 0, imm: high, continued: true });
  }

  #add(instruction: { opcode: number } & Partial<LooseInstruction>): void {
    const operation = this.#operation;
    this.instructions.push({
      dst: 0,
      src: 0,
      offset: 0,
      imm: 0,
      ...(operation && { operation }),
      ...instruction,
    });
  }
}

type Source = { register: number } | number;

function readTemporaries(operations: readonly Operation[]): Set<Temporary> {
  const read = new Set<Temporary>();
  for (const operation of operations) for (const { temporary } of uses(operation)) read.add(temporary);
  return read;
}
