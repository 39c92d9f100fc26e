import type { Place } from "../model/place.js";
import type { ProxyDraft } from "../read/proxy-draft.js";
import type { Reading } from "../read/reading.js";
import { type About, Mistake } from "./mistake.js";
import type { Word } from "./split-line.js";

/** What stands before a keyword: nothing, "no", or "default". */
export type Prefix = "" | "no" | "default";

/** One line of a file, as its readers see it: words that end with the first empty one, and where to say what is wrong. */
export class Directive {
  constructor(
    readonly reading: Reading,
    readonly file: string,
    readonly line: number,
    readonly words: readonly Word[],
    readonly prefix: Prefix = "",
    /** The proxy (or defaults section) that the line belongs to. */
    readonly proxy: ProxyDraft | undefined = undefined,
  ) {}

  /** A word, or "" past the end. */
  at(index: number): string {
    return this.words[index]?.text ?? "";
  }

  column(index: number): number {
    const last = this.words.at(-1);
    return this.words[index]?.column ?? (last ? (last.end ?? last.column + last.text.length) : 1);
  }

  place(index = 0): Place {
    return { file: this.file, line: this.line, column: this.column(index) };
  }

  /** Words from one up to another (or the first empty one), joined by blanks. */
  text(from = 0, to = this.words.length): string {
    const words: string[] = [];
    for (let index = from; index < to && this.at(index) !== ""; index++) words.push(this.at(index));
    return words.join(" ");
  }

  /** How many words there are before the first empty one. */
  get length(): number {
    const end = this.words.findIndex((word) => word.text === "");
    return end < 0 ? this.words.length : end;
  }

  /** The same line with other words. */
  with(words: readonly Word[], proxy = this.proxy): Directive {
    return new Directive(this.reading, this.file, this.line, words, this.prefix, proxy);
  }

  /** The line from a word on, that word being its first. */
  from(index: number): Directive {
    return this.with(this.words.slice(index));
  }

  /** Nothing that stands on this line is taken. */
  fail(message: string, about: About & { readonly word?: number } = {}): never {
    throw new Mistake(message, { column: this.column(about.word ?? 0), ...about });
  }

  /** An alert that lets the line be taken further. */
  alert(message: string, about: About & { readonly word?: number } = {}): void {
    this.reading.alert(this, message, { column: this.column(about.word ?? 0), ...about });
  }

  warn(message: string, about: About & { readonly word?: number } = {}): void {
    this.reading.warn(this, message, { column: this.column(about.word ?? 0), ...about });
  }

  /** Says to those who ask (-dD) that something on the line changes nothing here. */
  withoutEffect(name: string, says: string, word = 0): void {
    this.reading.add("hint", this.place(word), `'${name}': ${says}`, { code: "without-effect" });
  }

  /** Refuses words past `most` after the first `1 + named`. */
  atMost(most: number, named = 0): void {
    const extra = this.at(named + most + 1);
    if (extra !== "")
      this.fail(`'${this.text(0, named + 1)}' cannot handle unexpected argument '${extra}'.`, {
        word: named + most + 1,
        code: "unexpected-argument",
      });
  }
}
