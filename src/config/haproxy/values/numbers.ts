import { Mistake } from "../grammar/mistake.js";

/** As C's atol: leading digits count, all else is 0. */
export function leadingNumber(text: string): number {
  const found = /^[ \t]*[+-]?\d+/.exec(text);
  return found ? Number(found[0]) : 0;
}

/** A whole text that is a number (strtol with its end looked at); undefined: it isn't. */
export function wholeNumber(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}

type Unit = "us" | "ms" | "s";
const microseconds: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};

export type TimeFault = { readonly fault: "over" } | { readonly fault: "character"; readonly char: string };

/** A time with an optional unit, rounded up to whole `unit`s (tools.c, parse_time_err). */
export function parseTime(text: string, unit: Unit): number | TimeFault {
  const digits = /^\d+/.exec(text)?.[0];
  if (digits === undefined) return { fault: "character", char: text[0] ?? "" };
  const rest = text.slice(digits.length);
  const written = rest === "" ? unit : /^(us|ms|s|m|h|d)/.exec(rest)?.[0];
  if (written === undefined) return { fault: "character", char: rest[0]! };
  const value = Math.ceil((Number(digits) * microseconds[written]!) / microseconds[unit]!);
  if (value >= 0x80000000) return { fault: "over" };
  // Rounding up leaves nothing that is too small.
  return value;
}

const longest: Readonly<Record<Unit, string>> = {
  us: "2147483647 us (~35.8 min)",
  ms: "2147483647 ms (~24.8 days)",
  s: "2147483647 s (~68 years)",
};

/** A time, or the mistake that most keywords tell of. */
export function timeOf(text: string, unit: Unit, keyword: string): number {
  const value = parseTime(text, unit);
  if (typeof value === "number") return value;
  if (value.fault === "over")
    throw new Mistake(
      `timer overflow in argument <${text}> to <${keyword}>, maximum value is ${longest[unit]}.`,
    );
  throw new Mistake(`unexpected character '${value.char}' in argument to <${keyword}>.`);
}

/** A size in bytes with an optional k, m or g (parse_size_err); or the character that is wrong. */
export function parseSize(text: string): number | { readonly char: string } {
  const digits = /^\d+/.exec(text)?.[0];
  if (digits === undefined) return { char: text[0] ?? "" };
  const rest = text.slice(digits.length);
  const shift = { "": 0, k: 10, m: 20, g: 30 }[rest[0]?.toLowerCase() ?? ""];
  const value = Number(digits) * 2 ** (shift ?? 0);
  if (shift === undefined || value > 0xffffffff) return { char: rest[0] ?? text[0]! };
  if (rest.length > 1) return { char: rest[1]! };
  return value;
}
