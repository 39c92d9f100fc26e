import type { GivenNumber } from "./given.js";
import type { AluName, Comparison, Size } from "./instruction.js";
import type { MapDeclaration } from "./map.js";
import type { Subprogram } from "./subprogram.js";

/** A value of the program before it has a register: as many of them as the author likes. */
export class Temporary {
  /** It points into a packet: the one kind of memory that is read fast at any address. */
  inPacket = false;

  constructor(
    readonly id: number,
    readonly name?: string,
  ) {}
}

/** Bytes of the stack frame; they get their place when the function is complete. */
export class StackSlot {
  /** Below the frame pointer, negative; set when the function is complete. */
  offset = 0;

  constructor(
    readonly size: number,
    readonly name: string,
  ) {}
}

/** A place that is jumped to. */
export class Label {
  references = 0;
  placed = false;

  constructor(readonly name: string) {}
}

/** A temporary, or an immediate of 32 bits (in 64-bit operations its sign is extended). */
export type Operand = Temporary | number;
/** Where a load or store begins. */
export type Base = Temporary | StackSlot;

/** What a function consists of while it is written: instructions with temporaries for registers. */
export type Operation = (
  | { readonly kind: "alu"; op: AluName; wide: boolean; to: Temporary; left: Temporary; right: Operand }
  | { readonly kind: "swap"; to: Temporary; from: Temporary; bits: 16 | 32 | 64 }
  | { readonly kind: "move"; to: Temporary; from: Operand; wide: boolean }
  | { readonly kind: "constant"; to: Temporary; value: bigint; given?: GivenNumber }
  | { readonly kind: "map"; to: Temporary; map: MapDeclaration; valueOffset?: number }
  | { readonly kind: "function"; to: Temporary; target: Subprogram }
  | { readonly kind: "stack"; to: Temporary; slot: StackSlot; offset: number }
  /** `field`: what it is called in the source, for listings. */
  | {
      readonly kind: "load";
      to: Temporary;
      from: Base;
      offset: number;
      size: Size;
      field?: string | undefined;
    }
  | {
      readonly kind: "store";
      at: Base;
      offset: number;
      size: Size;
      value: Operand;
      field?: string | undefined;
    }
  | {
      readonly kind: "atomic";
      /** The immediate: an operation of {@link Atomic}, with its fetch bit. */
      operation: number;
      wide: boolean;
      at: Base;
      offset: number;
      value: Temporary;
      /** What was there before. */
      to?: Temporary;
      /** Only compareExchange: what must be there. */
      expected?: Temporary;
    }
  | { readonly kind: "call"; target: CallTarget; arguments: Operand[]; to?: Temporary }
  | { readonly kind: "jump"; label: Label }
  | {
      readonly kind: "branch";
      comparison: Comparison;
      wide: boolean;
      left: Temporary;
      right: Operand;
      label: Label;
    }
  | { readonly kind: "label"; label: Label }
  | { readonly kind: "exit"; value: Operand | undefined }
) & { cold: boolean; site?: Error | undefined };

type CallTarget =
  | { readonly kind: "helper"; readonly id: number; readonly name: string }
  | { readonly kind: "subprogram"; readonly subprogram: Subprogram };

/** An operation without what the builder adds to it. */
export type Draft = Operation extends infer O
  ? O extends Operation
    ? Omit<O, "cold" | "site">
    : never
  : never;

/** The temporaries that an operation reads. `late` ones are still needed while its result is written. */
export function uses(operation: Operation): { temporary: Temporary; late: boolean }[] {
  const found: { temporary: Temporary; late: boolean }[] = [];
  const use = (operand: Operand | Base | undefined, late = false) => {
    if (operand instanceof Temporary) found.push({ temporary: operand, late });
  };
  switch (operation.kind) {
    case "alu":
      use(operation.left);
      use(operation.right, !commutative.has(operation.op) || operation.right === operation.left);
      break;
    case "swap":
    case "move":
      use(operation.from);
      break;
    case "load":
      use(operation.from);
      break;
    case "store":
      use(operation.at);
      use(operation.value);
      break;
    case "atomic":
      use(operation.at, true);
      use(operation.value, operation.expected !== undefined);
      use(operation.expected);
      break;
    case "call":
      for (const argument of operation.arguments) use(argument);
      break;
    case "branch":
      use(operation.left);
      use(operation.right);
      break;
    case "exit":
      use(operation.value);
      break;
  }
  return found;
}

/** The temporary that an operation writes. */
export function definition(operation: Operation): Temporary | undefined {
  return "to" in operation ? operation.to : undefined;
}

/** Of the operations that only make a value: without a reader they may go. */
export function isPure(operation: Operation): boolean {
  return pureKinds.has(operation.kind);
}

const commutative = new Set<AluName>(["add", "mul", "and", "or", "xor"]);
export const isCommutative = (op: AluName) => commutative.has(op);
const pureKinds = new Set<Operation["kind"]>([
  "alu",
  "swap",
  "move",
  "constant",
  "map",
  "function",
  "stack",
  "load",
]);
