import { isIP } from "node:net";
import { Mistake } from "../grammar/mistake.js";
import type { MatchMethod, Pattern } from "../model/expression.js";
import { checkRegex } from "../values/regex.js";

interface Kind {
  readonly ignoreCase: boolean;
  readonly kind: "method" | "version" | undefined;
  readonly operator: Pattern["operator"] | undefined;
}

/** The first ":" or "-" parts two numbers, of which one may be missing. */
const integers = /^(\d+)?(?:[:-](-?\d+)?)?$/;
const largest = 2n ** 63n - 1n;
const versions = /^\d+(\.\d+)?$|^\d+(\.\d+)?[:-](\d+(\.\d+)?)?$|^[:-]\d+(\.\d+)?$/;

/** Refuses a pattern that its way to compare can't use (pattern.c, pat_parse_*). */
export function checkPattern(method: MatchMethod, text: string, about: Kind): void {
  switch (method) {
    case "int":
    case "len":
      if (about.kind === "version" ? !versions.test(text) : !isInteger(text))
        throw new Mistake(notANumber(text, about));
      return;
    case "ip":
      checkNetwork(text);
      return;
    case "bin":
      if (text.length % 2 === 1) throw new Mistake("an even number of hex digit is expected");
      if (/[^0-9a-fA-F]/.test(text))
        throw new Mistake(`an hex digit is expected (found '${/[^0-9a-fA-F]/.exec(text)![0]}')`);
      return;
    case "reg":
      checkRegex(text, about.ignoreCase);
  }
}

/** A number or range of 64 bits, which doesn't go down (pat_parse_int). */
function isInteger(text: string): boolean {
  const [, first, second] = integers.exec(text) ?? [];
  if (first === undefined && second === undefined) return false;
  const to = BigInt(second ?? first ?? 0);
  const from = first === undefined ? to : BigInt(first);
  const up = from <= to || second === undefined;
  return up && from <= largest && to <= largest;
}

function notANumber(text: string, { operator, kind }: Kind): string {
  if (operator) return `'${text}' is neither a number nor a supported operator`;
  if (kind === "version") return `'${text}' is not a dotted version`;
  return `'${text}' is not a ${/[:-]/.test(text) ? "valid number range" : "number"}`;
}

function checkNetwork(text: string): void {
  const [address = "", bits, ...more] = text.split("/");
  const family = isIP(address);
  const most = family === 6 ? 128 : 32;
  const fits =
    bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= most) || (family === 4 && isIP(bits) === 4);
  // Names are resolved when the file is read, unless -n is given.
  if (
    more.length > 0 ||
    !fits ||
    (family === 0 && (/^[0-9.]+$/.test(address) || !/^[A-Za-z0-9._-]+$/.test(address)))
  )
    throw new Mistake(`'${text}' is not a valid IPv4 or IPv6 address`);
}
