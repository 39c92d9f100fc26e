import type { Sample, SampleContext } from "../../run/index.js";
import { textArgument, variableArgument } from "../arguments.js";
import { textOf } from "../cast.js";
import { type ConverterKind, type Converters, number, text } from "../registry.js";
import { sint, str } from "../value.js";

/** A converter of texts to texts. */
const simple = (change: (value: string) => string): ConverterKind => ({
  from: "str",
  make: () => (sample) => (sample.type === "str" ? str(change(sample.value)) : undefined),
});

const lower = (value: string) => value.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
const upper = (value: string) => value.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

/** Parts between separators; two separators have an empty part between them. From the end where the number is negative. */
export function field(value: string, at: number, separators: string, count: number): string | undefined {
  if (at === 0) return undefined;
  const is = (index: number) => separators.includes(value[index] as string);
  let number = at < 0 ? -1 : 1;
  let left = count;
  if (at < 0) {
    let end = value.length;
    for (let start = value.length; start > 0; start--) {
      if (!is(start - 1)) continue;
      if (number === at) {
        if (left === 1) return value.slice(start, end);
        if (left > 1) left--;
      } else {
        end = start - 1;
        number--;
      }
    }
    return number === at ? value.slice(0, end) : undefined;
  }
  let start = 0;
  for (let end = 0; end < value.length; end++) {
    if (!is(end)) continue;
    if (number === at) {
      if (left === 1) return value.slice(start, end);
      if (left > 1) left--;
    } else {
      start = end + 1;
      number++;
    }
  }
  return number === at ? value.slice(start) : undefined;
}

/** Words between separators, of which several in a row count as one; "" where there is no such word. */
export function word(value: string, at: number, separators: string, count: number): string | undefined {
  if (at === 0) return undefined;
  const is = (index: number) => separators.includes(value[index] as string);
  const step = at < 0 ? -1 : 1;
  let number = 0;
  let left = count;
  let inWord = false;
  let begin = at < 0 ? value.length : 0;
  let position = begin;
  const part = (end: number) => (at < 0 ? value.slice(end, begin) : value.slice(begin, end));
  while (at < 0 ? position > 0 : position < value.length) {
    const separates = is(at < 0 ? position - 1 : position);
    if (!inWord) {
      if (!separates) {
        if (number !== at) {
          number += step;
          begin = position;
        }
        inWord = true;
      }
    } else if (separates) {
      if (number === at) {
        if (left === 1) return part(position);
        if (left > 1) left--;
      }
      inWord = false;
    }
    position += step;
  }
  return number === at ? part(position) : "";
}

const parts = (take: typeof field): ConverterKind => ({
  from: "str",
  make: (arguments_) => {
    const at = number(arguments_, 0) ?? 1;
    const separators = text(arguments_, 1) ?? "";
    const count = number(arguments_, 2) ?? 1;
    return (sample) => {
      const found = take(textOf(sample), at, separators, count);
      return found === undefined ? undefined : str(found);
    };
  },
});

const trim = (side: "left" | "right"): ConverterKind => ({
  from: "str",
  make: (arguments_) => {
    const characters = text(arguments_, 0) ?? "";
    return (sample) => {
      const value = textOf(sample);
      let from = 0;
      let to = value.length;
      if (side === "left") while (from < to && characters.includes(value[from] as string)) from++;
      else while (to > from && characters.includes(value[to - 1] as string)) to--;
      return str(value.slice(from, to));
    };
  },
});

/** concat and add_item put a variable's value behind what they are given, with texts around it. */
const joined = (
  join: (value: string, first: string, variable: string | undefined, last: string) => string,
): ConverterKind => ({
  from: "str",
  make: (arguments_, environment) => {
    const first = text(arguments_, 0) ?? "";
    const last = text(arguments_, 2) ?? "";
    const read = variableArgument(arguments_[1], environment);
    return (sample, context: SampleContext) => {
      const value = read?.(context);
      return str(join(textOf(sample), first, value && textOf(value), last));
    };
  },
});

const compare: ConverterKind = {
  from: "str",
  make: (arguments_, environment) => {
    const read = textArgument(arguments_, 0, environment);
    return (sample, context): Sample | undefined => {
      const other = read(context);
      if (other === undefined) return undefined;
      return sint(strcmp(textOf(sample), other));
    };
  },
};

/** As strncmp(3) over what both have, then by length: glibc gives the difference of the first bytes that differ. */
function strcmp(a: string, b: string): number {
  const common = Math.min(a.length, b.length);
  for (let at = 0; at < common; at++) {
    const difference = a.charCodeAt(at) - b.charCodeAt(at);
    if (difference !== 0) return difference;
    if (a.charCodeAt(at) === 0) break;
  }
  return Math.sign(a.length - b.length);
}

export const stringConverters: Converters = {
  lower: simple(lower),
  upper: simple(upper),
  length: { from: "str", make: () => (sample) => sint(textOf(sample).length) },
  cut_crlf: simple((value) => value.split(/[\r\n]/, 1)[0] as string),
  ltrim: trim("left"),
  rtrim: trim("right"),
  field: parts(field),
  word: parts(word),
  concat: joined((value, first, variable, last) => value + first + (variable ?? "") + last),
  add_item: joined((value, first, variable, last) => {
    const more = (variable ?? "") !== "" || last !== "";
    return value + (value !== "" && more ? first : "") + (variable ?? "") + last;
  }),
  strcmp: compare,
  iif: {
    from: "bool",
    make: (arguments_) => {
      const [yes, no] = [str(text(arguments_, 0) ?? ""), str(text(arguments_, 1) ?? "")];
      return (sample) => (sample.value === true ? yes : no);
    },
  },
};
