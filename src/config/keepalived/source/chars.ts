/**
 * Text whose every character knows where a person wrote it. A position counts through all files that were read
 * ({@link import("./source-files.js").SourceFiles}); one with a half added was made by us (a ~SEQ number, $_RANDOM) at
 * the place before it, so that no correction can be written there.
 */
export class Chars {
  static readonly empty = new Chars("", []);

  private constructor(
    readonly text: string,
    readonly from: readonly number[],
  ) {}

  /** Text as it stands in a file, beginning at a position. */
  static written(text: string, position: number): Chars {
    return new Chars(
      text,
      Array.from({ length: text.length }, (_, i) => position + i),
    );
  }

  /** Text that we made at a position. */
  static made(text: string, position: number): Chars {
    return new Chars(text, new Array<number>(text.length).fill(Math.floor(position) + 0.5));
  }

  get length(): number {
    return this.text.length;
  }

  /** Where the character stands; behind the end: where the last one does. */
  position(index = 0): number {
    return this.from[Math.min(index, this.from.length - 1)] ?? 0;
  }

  slice(start: number, end: number = this.length): Chars {
    return new Chars(this.text.slice(start, end), this.from.slice(start, end));
  }

  concat(other: Chars): Chars {
    return new Chars(this.text + other.text, this.from.concat(other.from));
  }

  /** With `other` instead of the characters from `start` to `end`. */
  splice(start: number, end: number, other: Chars): Chars {
    return this.slice(0, start).concat(other).concat(this.slice(end));
  }

  /** Without blanks (space, tab) at its end. */
  trimEnd(): Chars {
    let end = this.length;
    while (end > 0 && isBlank(this.text[end - 1]!)) end--;
    return end === this.length ? this : this.slice(0, end);
  }

  /** The range of a file that is this text letter by letter; undefined if it came together otherwise. */
  get range(): { readonly start: number; readonly end: number } | undefined {
    const { from } = this;
    const start = from[0];
    if (start === undefined || !Number.isInteger(start)) return undefined;
    for (let i = 1; i < from.length; i++) if (from[i] !== start + i) return undefined;
    return { start, end: start + from.length };
  }
}

export const isBlank = (letter: string): boolean => letter === " " || letter === "\t";

/** How many of the letters from `start` on are blanks. */
export function blanks(text: string, start: number): number {
  let end = start;
  while (end < text.length && isBlank(text[end]!)) end++;
  return end - start;
}
