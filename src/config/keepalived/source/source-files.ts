import type { Place } from "../model/place.js";

interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** The position of its first character. */
  readonly base: number;
  /** Offsets at which its lines begin. */
  readonly lines: readonly number[];
}

/** The files that were read, in order, with positions that count through all of them. */
export class SourceFiles {
  readonly files: SourceFile[] = [];
  #next = 0;

  /** Takes a file in and gives the position of its first character. A file that is included twice stands here twice. */
  add(path: string, text: string): number {
    const base = this.#next;
    const lines = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.push(at + 1);
    this.files.push({ path, text, base, lines });
    this.#next += text.length + 1;
    return base;
  }

  /** Line and column (in characters), both from 1, of a position. */
  place(position: number): Place {
    const at = Math.floor(position);
    const file = this.files[lastNotAfter(this.files.length, (i) => this.files[i]!.base, at)];
    if (!file) return { file: "", line: 1, column: 1 };
    const offset = at - file.base;
    const line = lastNotAfter(file.lines.length, (i) => file.lines[i]!, offset);
    return { file: file.path, line: line + 1, column: offset - file.lines[line]! + 1 };
  }

  /** File and offset of a position. */
  offset(position: number): { readonly file: string; readonly offset: number } | undefined {
    const at = Math.floor(position);
    const file = this.files[lastNotAfter(this.files.length, (i) => this.files[i]!.base, at)];
    return file && { file: file.path, offset: at - file.base };
  }
}

/** Binary search: the last index whose value is not greater; 0 if there is none. */
function lastNotAfter(count: number, value: (index: number) => number, wanted: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (value(middle) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}
