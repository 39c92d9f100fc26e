import { blanks, Chars } from "./chars.js";

/** ~SEQ or ~LST: the text behind it is read again with the names set to each set of values. */
export interface Sequence {
  readonly names: readonly string[];
  readonly text: Chars;
  /** The next set of values; undefined after the last. */
  next(): readonly Chars[] | undefined;
}

/** Why a sequence can't be read, in keepalived's words. */
export type SequenceMistake = { readonly mistake: string };

/** Reads "~SEQ(var, start, step, end) text" or ~SEQx; `expand` replaces definitions in its numbers. */
export function readSeq(line: Chars, expand: (text: Chars) => Chars | undefined): Sequence | SequenceMistake {
  const { text } = line;
  const invalid = { mistake: `Invalid ~SEQ definition '${text}'` };
  const head = /^~SEQ(x?)[ \t]*\([ \t]*([^ \t,)]+)[ \t]*,[ \t]*/.exec(text);
  if (!head) return invalid;
  const hex = head[1] === "x";
  const close = text.indexOf(")", head[0].length);
  if (close < 0) return invalid;
  const numbers = expand(line.slice(head[0].length, close));
  if (!numbers) return { mistake: `~SEQ parameter is multiline definition '${text}'` };
  const parts = numbers.text.split(",").map((part) => readLong(part.trim()));
  if (parts.length > 3 || parts.some((part) => part === undefined)) return invalid;
  const [one, two, three] = parts as number[];
  const range =
    three !== undefined
      ? { start: one!, step: two!, end: three }
      : two !== undefined
        ? { start: one!, step: one! <= two ? 1 : -1, end: two }
        : { start: one! < 0 ? -1 : 1, step: one! < 1 ? -1 : 1, end: one! };
  const { start, step, end } = range;
  if (step === 0 || (start < end && step < 0) || (start > end && step > 0))
    return { mistake: `Invalid ~SEQ values '${text}'` };
  if (hex && (start < 0 || end < 0)) return { mistake: `~SEQx is only valid for positive numbers '${text}'` };
  const position = line.position(head[0].length);
  let next = start;
  return {
    names: [head[2]!],
    text: line.slice(close + 1 + blanks(text, close + 1)),
    next() {
      if (step > 0 ? next > end : next < end) return undefined;
      const value = next;
      next += step;
      return [Chars.made(value.toString(hex ? 16 : 10), position)];
    },
  };
}

/** A number as strtol(3) reads it with base 0: decimal, 0x…, 0…; nothing is 0. */
function readLong(text: string): number | undefined {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|\d*)$/.exec(text);
  if (!match) return undefined;
  const digits = match[2]!;
  const value = /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits || "0");
  return Number.isNaN(value) ? undefined : match[1] === "-" ? -value : value;
}

/** Reads "~LST(var, a, b) text" or "~LST({v1, v2}, {a, b}, {c, d}) text". */
export function readLst(line: Chars): Sequence | SequenceMistake {
  const { text } = line;
  const invalid = { mistake: `Invalid ~LST specification '${text}'` };
  const open = /^~LST[ \t]*\([ \t]*/.exec(text);
  if (!open) return invalid;
  let at = open[0].length;
  /** One value, or several in braces; leaves `at` behind them. */
  const set = (): Chars[] | undefined => {
    const braces = text[at] === "{";
    if (braces) at += 1 + blanks(text, at + 1);
    const values: Chars[] = [];
    for (;;) {
      const start = at;
      while (at < text.length && !" \t,})".includes(text[at]!)) at++;
      values.push(line.slice(start, at));
      at += blanks(text, at);
      if (!braces) return values;
      if (text[at] === "}") {
        at += 1 + blanks(text, at + 1);
        return values;
      }
      if (text[at] !== ",") return undefined;
      at += 1 + blanks(text, at + 1);
    }
  };
  const names = set();
  if (!names || text[at] !== ",") return invalid;
  const values: (readonly Chars[])[] = [];
  while (text[at] === ",") {
    at += 1 + blanks(text, at + 1);
    const one = set();
    if (!one) return invalid;
    if (one.length > names.length) return { mistake: `~LST specification has too many values '${text}'` };
    values.push(names.map((_, i) => one[i] ?? Chars.empty));
  }
  if (text[at] !== ")") return invalid;
  let next = 0;
  return {
    names: names.map((name) => name.text),
    text: line.slice(at + 1 + blanks(text, at + 1)),
    next: () => values[next++],
  };
}
