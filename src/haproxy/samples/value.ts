import type { Sample } from "../run/index.js";

/** Samples are made here, so that each has one form for each value. */

export const yes: Sample = { type: "bool", value: true };
export const no: Sample = { type: "bool", value: false };

export const bool = (value: boolean): Sample => (value ? yes : no);
export const str = (value: string): Sample => ({ type: "str", value });
export const bin = (value: Buffer): Sample => ({ type: "bin", value });
export const strOrNone = (value: string | undefined): Sample | undefined =>
  value === undefined ? undefined : str(value);

/** A signed 64-bit number, wrapped if it is larger; a bigint only where it has to be. */
export function sint(value: number | bigint): Sample {
  if (typeof value === "number" && Number.isSafeInteger(value))
    return { type: "sint", value: value === 0 ? 0 : value };
  const wrapped = BigInt.asIntN(64, BigInt(value));
  const small = Number(wrapped);
  return { type: "sint", value: Number.isSafeInteger(small) ? small : wrapped };
}

export const maximum = 2n ** 63n - 1n;
export const minimum = -(2n ** 63n);

/** A signed 64-bit number, limited to what fits (HAProxy's read_int64 and its arithmetic). */
export const limited = (value: bigint): Sample =>
  sint(value > maximum ? maximum : value < minimum ? minimum : value);

/** The number that a text begins with: a sign, digits; 0 where there is none. */
export function readNumber(text: string): number | bigint {
  const digits = /^[+-]?\d*/.exec(text)?.[0] ?? "";
  if (digits.length < 16) {
    const value = Number(digits === "-" || digits === "+" ? "0" : digits);
    return value === 0 ? 0 : value;
  }
  const sample = limited(
    digits.startsWith("-") ? -BigInt(digits.slice(1) || "0") : BigInt(digits.replace("+", "") || "0"),
  );
  return sample.value as number | bigint;
}

/** As strl2ic: a sign and digits, in 32 bits that wrap; the values of headers, cookies and parameters. */
export function readInt32(text: string): number {
  const negative = text.startsWith("-");
  let value = 0;
  for (let at = negative ? 1 : 0; at < text.length; at++) {
    const digit = ((text.charCodeAt(at) << 24) >> 24) - 48; // a signed char
    if (digit > 9) break; // what lies below "0" counts too, as in HAProxy
    value = (Math.imul(value, 10) + (negative ? -digit : digit)) | 0;
  }
  return value;
}
