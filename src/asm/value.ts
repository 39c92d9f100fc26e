import { Condition } from "./condition.js";
import { builder } from "./function-builder.js";
import { GivenNumber } from "./given.js";
import type { AluName, Comparison } from "./instruction.js";
import { type Operand, Temporary } from "./operation.js";

/** What stands for a 32-bit number. */
export type Number32 = number | U32;
/** What stands for a 64-bit number; 32-bit values are extended with zeros. */
export type Number64 = number | bigint | U32 | U64;

/** A number in a packet program: of 32 or 64 bits, unsigned, known only when a packet comes (or a constant). */
abstract class Integer<Self, Other> {
  abstract readonly wide: boolean;

  constructor(
    /** Where it is, or what it is. */
    readonly source: Temporary | bigint,
  ) {}

  protected abstract make(source: Temporary | bigint): Self;
  protected abstract valueOf64(other: Other): Temporary | bigint;

  add(other: Other): Self {
    return this.#compute("add", other);
  }
  sub(other: Other): Self {
    return this.#compute("sub", other);
  }
  mul(other: Other): Self {
    return this.#compute("mul", other);
  }
  /** By zero gives zero. */
  div(other: Other): Self {
    return this.#compute("div", other);
  }
  /** Modulo zero gives the number itself. */
  mod(other: Other): Self {
    return this.#compute("mod", other);
  }
  and(other: Other): Self {
    return this.#compute("and", other);
  }
  or(other: Other): Self {
    return this.#compute("or", other);
  }
  xor(other: Other): Self {
    return this.#compute("xor", other);
  }
  shiftLeft(other: Other): Self {
    return this.#compute("lsh", other);
  }
  shiftRight(other: Other): Self {
    return this.#compute("rsh", other);
  }

  is(other: Other): Condition {
    return this.#compare("eq", other);
  }
  isNot(other: Other): Condition {
    return this.#compare("ne", other);
  }
  above(other: Other): Condition {
    return this.#compare("gt", other);
  }
  atLeast(other: Other): Condition {
    return this.#compare("ge", other);
  }
  below(other: Other): Condition {
    return this.#compare("lt", other);
  }
  atMost(other: Other): Condition {
    return this.#compare("le", other);
  }
  /** As signed numbers. */
  signedBelow(other: Other): Condition {
    return this.#compare("slt", other);
  }
  signedAtLeast(other: Other): Condition {
    return this.#compare("sge", other);
  }
  /** Whether it has any of these bits. */
  hasAny(bits: Other): Condition {
    return this.#compare("set", bits);
  }

  #compute(op: AluName, other: Other): Self {
    const given = this.valueOf64(other);
    const mask = this.wide ? 0xffff_ffff_ffff_ffffn : 0xffff_ffffn;
    const shifts = op === "lsh" || op === "rsh";
    // A register's upper bits don't count where it says how far to shift; an immediate that is too large is refused.
    const right = shifts && typeof given === "bigint" ? given & (this.wide ? 63n : 31n) : given;
    if (right === 0n && op === "div") return this.make(0n);
    if (right === 0n && op === "mod") return this.make(this.source);
    if (typeof this.source === "bigint" && typeof right === "bigint")
      return this.make(fold(op, this.source, right, this.wide) & mask);
    if (typeof right === "bigint" && isNeutral(op, right)) return this.make(this.source);
    const to = builder().temporary();
    builder().add({
      kind: "alu",
      op,
      wide: this.wide,
      to,
      left: inRegister(this.source),
      right: operand(right, this.wide),
    });
    return this.make(to);
  }

  #compare(comparison: Comparison, other: Other): Condition {
    const right = this.valueOf64(other);
    return Condition.compare(comparison, this.source, right, this.wide);
  }
}

/** A number of 32 bits; what is read from fields of 8 and 16 bits is one too. */
export class U32 extends Integer<U32, Number32> {
  readonly wide = false;
  protected make(source: Temporary | bigint): U32 {
    return new U32(source);
  }
  protected valueOf64(other: Number32): Temporary | bigint {
    return typeof other === "number" ? BigInt(other) & 0xffff_ffffn : other.source;
  }
  /** The same number with 64 bits. Costs nothing: the upper half of a register is zero after every 32-bit operation. */
  get extended(): U64 {
    return new U64(this.source);
  }
  /** The lower 16 bits in network order. */
  get toBe16(): Be16 {
    return new Be16(swapped(this.source, 16));
  }
  get toBe32(): Be32 {
    return new Be32(swapped(this.source, 32));
  }
}

/** A number of 64 bits. */
export class U64 extends Integer<U64, Number64 | GivenNumber> {
  readonly wide = true;
  protected make(source: Temporary | bigint): U64 {
    return new U64(source);
  }
  protected valueOf64(other: Number64 | GivenNumber): Temporary | bigint {
    if (typeof other === "number" || typeof other === "bigint") return BigInt(other) & 0xffff_ffff_ffff_ffffn;
    return other instanceof GivenNumber ? other.load() : other.source;
  }
  /** The lower 32 bits. */
  get low(): U32 {
    if (typeof this.source === "bigint") return new U32(this.source & 0xffff_ffffn);
    const to = builder().temporary();
    builder().add({ kind: "move", to, from: this.source, wide: false });
    return new U32(to);
  }
  /** The upper 32 bits. */
  get high(): U32 {
    return new U32(this.shiftRight(32).source);
  }
}

/** A number as it stands in the packet. It can be compared and copied; to compute with it, take its {@link host} value. */
abstract class NetworkOrder<Self extends { source: Temporary | bigint }> {
  abstract readonly bits: 16 | 32;

  constructor(
    /** The bits as a little-endian machine reads them. */
    readonly source: Temporary | bigint,
  ) {}

  is(other: Self | number): Condition {
    return Condition.compare("eq", this.source, this.#raw(other), false);
  }
  isNot(other: Self | number): Condition {
    return Condition.compare("ne", this.source, this.#raw(other), false);
  }
  /** Whether it has any of these bits, given as a number. */
  hasAny(bits: number): Condition {
    return Condition.compare("set", this.source, this.#raw(bits), false);
  }
  /** The number that it means. */
  get host(): U32 {
    return new U32(swapped(this.source, this.bits));
  }
  /** Its bits as they lie in the register: for hashing, not for meaning. */
  get raw(): U32 {
    return new U32(this.source);
  }

  #raw(other: Self | number): Temporary | bigint {
    return typeof other === "number" ? swapBits(BigInt(other), this.bits) : other.source;
  }
}

export class Be16 extends NetworkOrder<Be16> {
  readonly bits = 16;
}
export class Be32 extends NetworkOrder<Be32> {
  readonly bits = 32;
}

/** Constants, where a place asks for a value of the program. */
export const constant32 = (value: number): U32 => new U32(BigInt(value) & 0xffff_ffffn);
export const constant64 = (value: bigint | number): U64 => new U64(BigInt(value) & 0xffff_ffff_ffff_ffffn);
export const networkOrder16 = (value: number): Be16 => new Be16(swapBits(BigInt(value), 16));
export const networkOrder32 = (value: number): Be32 => new Be32(swapBits(BigInt(value), 32));

/** The bytes of a number of `bits` bits in reverse order. */
export function swapBits(value: bigint, bits: number): bigint {
  let result = 0n;
  for (let i = 0; i < bits; i += 8) result = (result << 8n) | ((value >> BigInt(i)) & 0xffn);
  return result;
}

function swapped(source: Temporary | bigint, bits: 16 | 32): Temporary | bigint {
  if (typeof source === "bigint") return swapBits(source, bits);
  const to = builder().temporary();
  builder().add({ kind: "swap", to, from: source, bits });
  return to;
}

/** A value in a register. */
export function inRegister(source: Temporary | bigint): Temporary {
  if (source instanceof Temporary) return source;
  const to = builder().temporary();
  const signed = BigInt.asIntN(64, source);
  if (signed === BigInt.asIntN(32, source))
    builder().add({ kind: "move", to, from: Number(signed), wide: true });
  else if (source < 0x1_0000_0000n)
    builder().add({ kind: "move", to, from: Number(BigInt.asIntN(32, source)), wide: false });
  else builder().add({ kind: "constant", to, value: source });
  return to;
}

/** A value as the right side of an operation: an immediate if it fits. */
export function operand(source: Temporary | bigint, wide: boolean): Operand {
  if (source instanceof Temporary) return source;
  if (!wide) return Number(BigInt.asIntN(32, source));
  const signed = BigInt.asIntN(64, source);
  return signed === BigInt.asIntN(32, signed) ? Number(signed) : inRegister(source);
}

function isNeutral(op: AluName, right: bigint): boolean {
  return right === 0n
    ? ["add", "sub", "or", "xor", "lsh", "rsh"].includes(op)
    : right === 1n && (op === "mul" || op === "div");
}

function fold(op: AluName, left: bigint, right: bigint, wide: boolean): bigint {
  const shift = right & (wide ? 63n : 31n);
  switch (op) {
    case "add":
      return left + right;
    case "sub":
      return left - right;
    case "mul":
      return left * right;
    case "div":
      return right === 0n ? 0n : left / right;
    case "mod":
      return right === 0n ? left : left % right;
    case "and":
      return left & right;
    case "or":
      return left | right;
    case "xor":
      return left ^ right;
    case "lsh":
      return left << shift;
    case "rsh":
      return left >> shift;
    default:
      throw new Error(`${op} is not folded`);
  }
}
