import type { Sample } from "../../run/index.js";
import { numberArgument } from "../arguments.js";
import type { ConverterKind, Converters } from "../registry.js";
import { bin, bool, limited, maximum, minimum, sint } from "../value.js";

/** HAProxy's arithmetic doesn't wrap: what is too large becomes the largest number (sample.c, arith_add and others). */
const operations: Readonly<Record<string, (a: bigint, b: bigint) => Sample>> = {
  add: (a, b) => limited(a + b),
  sub: (a, b) => limited(a - b),
  mul: (a, b) => limited(a * b),
  div: (a, b) => (b === 0n ? sint(maximum) : limited(a / b)),
  mod: (a, b) => sint(b === 0n ? 0n : a % b),
  and: (a, b) => sint(a & b),
  or: (a, b) => sint(a | b),
  xor: (a, b) => sint(a ^ b),
};

/** The same of numbers so small that no result can leave what a number holds exactly. */
const quick: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  and: (a, b) => (a | 0) & (b | 0),
};
const small = (value: number | bigint): value is number =>
  typeof value === "number" && value >= 0 && value < 2 ** 26;

const binary = (name: string): ConverterKind => ({
  from: "sint",
  make: (arguments_, environment) => {
    const read = numberArgument(arguments_, 0, environment);
    const exact = operations[name] as (a: bigint, b: bigint) => Sample;
    const fast = quick[name];
    return (sample, context) => {
      const other = read(context);
      if (other === undefined || sample.type !== "sint") return undefined;
      if (fast && small(sample.value) && small(other)) return sint(fast(sample.value, other));
      return exact(BigInt(sample.value), BigInt(other));
    };
  },
});

const unary = (change: (value: bigint) => Sample): ConverterKind => ({
  from: "sint",
  make: () => (sample) => (sample.type === "sint" ? change(BigInt(sample.value)) : undefined),
});

export const arithmeticConverters: Converters = {
  ...Object.fromEntries(Object.keys(operations).map((name) => [name, binary(name)])),
  cpl: unary((value) => sint(~value)),
  neg: unary((value) => sint(value === minimum ? maximum : -value)),
  bool: unary((value) => bool(value !== 0n)),
  not: unary((value) => bool(value === 0n)),
  odd: unary((value) => bool((value & 1n) === 1n)),
  even: unary((value) => bool((value & 1n) === 0n)),
  htonl: unary((value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(Number(BigInt.asUintN(32, value)));
    return bin(bytes);
  }),
};
