import type { PatternEntry, Sample } from "../run/index.js";
import { Buckets, earlier, fold, type PatternIndex } from "./index-kinds.js";

/** How many entries are looked at one by one before lengths and a hash take over. */
const few = 16;

/** Where within a text a pattern may begin; and whether it has to end there where a delimiter or the text's end is. */
type Starts = (text: string, length: number) => Iterable<number>;

/** Patterns that are texts: by their lengths, each with a hash, so that a look takes as many steps as there are lengths (and starts). */
export class TextIndex implements PatternIndex {
  readonly wants = "str";
  readonly kind: "tree" | "list";
  readonly #ignoreCase: boolean;
  readonly #starts: Starts;
  readonly #longest: boolean;
  readonly #prepare: (text: string) => string;
  readonly #byLength = new Map<number, Buckets<string>>();
  #lengths: number[] = [];

  constructor(
    starts: Starts,
    { ignoreCase = false, longest = false, prepare = (text: string) => text, tree = false } = {},
  ) {
    this.#starts = starts;
    this.#ignoreCase = ignoreCase;
    this.#longest = longest && !ignoreCase;
    this.#prepare = prepare;
    this.kind = tree && !ignoreCase ? "tree" : "list";
  }

  #key(entry: PatternEntry): string {
    const text = this.#prepare(entry.key);
    return this.#ignoreCase ? fold(text) : text;
  }

  add(entry: PatternEntry, dry = false): undefined {
    if (dry) return;
    const key = this.#key(entry);
    let buckets = this.#byLength.get(key.length);
    if (!buckets) {
      buckets = new Buckets();
      this.#byLength.set(key.length, buckets);
      this.#lengths = [...this.#byLength.keys()].sort((a, b) => b - a);
    }
    buckets.add(key, entry);
  }

  remove(entry: PatternEntry): void {
    const key = this.#key(entry);
    const buckets = this.#byLength.get(key.length);
    buckets?.remove(key, entry);
    if (buckets?.map.size !== 0) return;
    this.#byLength.delete(key.length);
    this.#lengths = [...this.#byLength.keys()].sort((a, b) => b - a);
  }

  clear(): void {
    this.#byLength.clear();
    this.#lengths = [];
  }

  match(sample: Sample): PatternEntry | undefined {
    const text = this.#ignoreCase ? fold(sample.value as string) : (sample.value as string);
    let found: PatternEntry | undefined;
    for (const length of this.#lengths) {
      if (length > text.length) continue;
      const buckets = this.#byLength.get(length) as Buckets<string>;
      for (const start of this.#starts(text, length)) {
        const entry = buckets.first(
          start === 0 && length === text.length ? text : text.slice(start, start + length),
        );
        if (entry === undefined) continue;
        if (this.#longest) return entry;
        found = earlier(found, entry);
      }
    }
    return found;
  }
}

/** Texts within texts (sub): few are looked for one by one, many by their lengths. */
export class SubstringIndex implements PatternIndex {
  readonly wants = "str";
  readonly kind = "list";
  readonly #ignoreCase: boolean;
  readonly #all = new Map<number, { readonly entry: PatternEntry; readonly key: string }>();
  readonly #many: TextIndex;

  constructor(ignoreCase: boolean) {
    this.#ignoreCase = ignoreCase;
    this.#many = new TextIndex(everywhere, { ignoreCase });
  }

  add(entry: PatternEntry, dry = false): undefined {
    if (dry) return;
    this.#all.set(entry.id, { entry, key: this.#ignoreCase ? fold(entry.key) : entry.key });
    this.#many.add(entry);
  }

  remove(entry: PatternEntry): void {
    this.#all.delete(entry.id);
    this.#many.remove(entry);
  }

  clear(): void {
    this.#all.clear();
    this.#many.clear();
  }

  match(sample: Sample): PatternEntry | undefined {
    if (this.#all.size > few) return this.#many.match(sample);
    const text = this.#ignoreCase ? fold(sample.value as string) : (sample.value as string);
    for (const { entry, key } of this.#all.values()) if (text.includes(key)) return entry;
    return undefined;
  }
}

function* everywhere(text: string, length: number): Iterable<number> {
  for (let at = 0; at + length <= text.length; at++) yield at;
}

const atStart = [0];
const whole: Starts = (text, length) => (text.length === length ? atStart : []);

export const exactIndex = (ignoreCase: boolean): PatternIndex =>
  new TextIndex(whole, { ignoreCase, longest: true, tree: true });
export const prefixIndex = (ignoreCase: boolean): PatternIndex =>
  new TextIndex(() => atStart, { ignoreCase, longest: true, tree: true });
export const suffixIndex = (ignoreCase: boolean): PatternIndex =>
  new TextIndex((text, length) => [text.length - length], { ignoreCase });

/** Words between delimiters, those at a pattern's own ends left out: dir ("/" and "?") and dom ("/", "?", "." and ":"). */
export function wordIndex(delimiters: string, ignoreCase: boolean): PatternIndex {
  const is = (char: string | undefined) => char !== undefined && delimiters.includes(char);
  const starts: Starts = function* (text, length) {
    if (length === 0) return;
    for (let at = 0; at + length <= text.length; at++) {
      if (is(text[at]) || (at > 0 && !is(text[at - 1]))) continue;
      if (at + length === text.length || is(text[at + length])) yield at;
    }
  };
  const prepare = (text: string) => {
    let from = 0;
    let to = text.length;
    while (from < to && is(text[from])) from++;
    while (to > from && is(text[to - 1])) to--;
    return text.slice(from, to);
  };
  return new TextIndex(starts, { ignoreCase, prepare });
}
