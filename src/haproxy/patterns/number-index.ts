import type { PatternEntry, Sample } from "../run/index.js";
import { Buckets, earlier, type PatternIndex } from "./index-kinds.js";

type Bound = bigint | undefined;

interface Range {
  readonly entry: PatternEntry;
  readonly from: Bound;
  readonly to: Bound;
}

/** "10", "10:20", ":20", "10:", where "-" is as good as ":" and so begins no number; with "eq 10", "gt 10" and so on before a number. With `dotted` "3.1" is 3 × 65536 + 1. */
export function parseRange(text: string, dotted = false): { from: Bound; to: Bound } | undefined {
  const operator = /^(eq|ge|gt|le|lt)\s+/.exec(text);
  const rest = operator ? text.slice(operator[0].length) : text;
  const match = dotted
    ? /^(\d+(?:\.\d+)?)?([:-])?(\d+(?:\.\d+)?)?$/.exec(rest)
    : /^(\d+)?([:-])?(-?\d+)?$/.exec(rest);
  if (!match || (match[1] === undefined && match[3] === undefined)) return undefined;
  const number = (word: string | undefined): Bound => {
    if (word === undefined) return undefined;
    const [major, minor] = word.split(".");
    return dotted ? (BigInt(major as string) << 16n) + BigInt(minor ?? 0) : BigInt(major as string);
  };
  const from = number(match[1]);
  const to = match[2] === undefined ? from : number(match[3]);
  switch (operator?.[1]) {
    case "gt":
      return { from: (from ?? 0n) + 1n, to: undefined };
    case "ge":
      return { from, to: undefined };
    case "lt":
      return { from: undefined, to: (to ?? 0n) - 1n };
    case "le":
      return { from: undefined, to };
    default:
      return { from, to };
  }
}

/** Numbers and ranges of them; of texts their lengths are compared (len). */
export class NumberIndex implements PatternIndex {
  readonly wants: "sint" | "str";
  readonly kind = "list";
  readonly #dotted: boolean;
  readonly #single = new Buckets<number | bigint>();
  #ranges: Range[] = [];

  constructor(of: "value" | "length", dotted = false) {
    this.wants = of === "length" ? "str" : "sint";
    this.#dotted = dotted;
  }

  add(entry: PatternEntry, dry = false): string | undefined {
    const range = parseRange(entry.key, this.#dotted);
    if (!range) return `'${entry.key}' is neither a number nor a range`;
    if (dry) return undefined;
    if (range.from !== undefined && range.from === range.to) this.#single.add(key(range.from), entry);
    else this.#ranges.push({ entry, ...range });
    return undefined;
  }

  remove(entry: PatternEntry): void {
    const range = parseRange(entry.key, this.#dotted);
    if (range?.from !== undefined && range.from === range.to) this.#single.remove(key(range.from), entry);
    else this.#ranges = this.#ranges.filter((each) => each.entry.id !== entry.id);
  }

  clear(): void {
    this.#single.clear();
    this.#ranges = [];
  }

  match(sample: Sample): PatternEntry | undefined {
    const value = this.wants === "str" ? (sample.value as string).length : (sample.value as number | bigint);
    let found = this.#single.first(value);
    for (const range of this.#ranges)
      if (
        (range.from === undefined || range.from <= value) &&
        (range.to === undefined || value <= range.to)
      ) {
        found = earlier(found, range.entry);
        break;
      }
    return found;
  }
}

/** As samples have them: a bigint only where it has to be. */
const key = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);
