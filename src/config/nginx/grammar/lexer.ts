import type { Place } from "../../finding.js";
import { Mistake } from "../mistake.js";
import { commandLine } from "../reading.js";
import type { Word } from "../statement.js";
import { unescaped } from "./unescaped.js";

/** What a file's text is made of: words up to a ";" or "{", a "}", and the end. */
export type Head =
  | { readonly kind: "statement" | "block"; readonly words: readonly Word[]; readonly end: Place }
  | { readonly kind: "close" | "end"; readonly end: Place };

/** nginx reads files through a buffer, and a word has to fit into it (NGX_CONF_BUFFER). */
const bufferSize = 4096;
const blank = /[ \t\r\n]/;

/** Splits a text, one character a byte, as nginx does (ngx_conf_read_token). */
export class Lexer {
  #at = 0;
  #line = 1;
  #lineStart = 0;
  /** Where the word begins that is being read: the buffer can't give up what is behind it. */
  #mark = 0;
  #markLine = 1;
  #filled: number;

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {
    this.#filled = file === commandLine ? text.length : Math.min(text.length, bufferSize);
  }

  /** @throws Mistake in nginx's words, with its place */
  next(): Head {
    const words: Word[] = [];
    this.#mark = this.#at;
    this.#markLine = this.#line;
    for (;;) {
      const char = this.#skipBlanks(words.length > 0);
      if (char === undefined) return { kind: "end", end: this.#place(this.#at) };
      const end = this.#place(this.#at - 1);
      if (char === "}" && words.length === 0) return { kind: "close", end };
      if (char === "}" || ((char === ";" || char === "{") && words.length === 0))
        throw this.#unexpected(char);
      if (char === ";" || char === "{") return { kind: char === ";" ? "statement" : "block", words, end };
      const ender = char === '"' || char === "'" ? this.#quoted(char, words) : this.#bare(char, words);
      if (ender === ";" || ender === "{")
        return { kind: ender === ";" ? "statement" : "block", words, end: this.#place(this.#at - 1) };
    }
  }

  #place(offset: number): Place {
    return { file: this.file, line: this.#line, column: Math.max(1, offset - this.#lineStart + 1) };
  }

  #unexpected(char: string): Mistake {
    return new Mistake(`unexpected "${char}"`, {
      code: "unexpected-character",
      place: this.#place(this.#at - 1),
    });
  }

  /** The next character; undefined: the file is over. */
  #read(within: string): string | undefined {
    if (this.#at >= this.#filled) {
      if (this.#filled >= this.text.length) return undefined;
      if (this.#at - this.#mark >= bufferSize) throw this.#tooLong(within);
      this.#filled = Math.min(this.text.length, this.#mark + bufferSize);
    }
    const char = this.text[this.#at++]!;
    if (char === "\n") {
      this.#line++;
      this.#lineStart = this.#at;
    }
    return char;
  }

  #tooLong(within: string): Mistake {
    const start = this.text.slice(this.#mark, this.#mark + 10);
    return new Mistake(
      within === ""
        ? `too long parameter "${start}..." started`
        : `too long parameter, probably missing terminating "${within}" character`,
      { code: "too-long", place: { file: this.file, line: this.#markLine, column: 1 } },
    );
  }

  #unfinished(): Mistake {
    return new Mistake(
      this.file === commandLine
        ? 'unexpected end of parameter, expecting ";"'
        : 'unexpected end of file, expecting ";" or "}"',
      { code: "unexpected-end", place: this.#place(this.#at) },
    );
  }

  /** The first character that belongs to something. */
  #skipBlanks(within: boolean): string | undefined {
    let comment = false;
    for (;;) {
      const char = this.#read("");
      if (char === undefined) {
        if (within) throw this.#unfinished();
        return undefined;
      }
      if (char === "\n") comment = false;
      if (comment) continue;
      this.#mark = this.#at - 1;
      this.#markLine = this.#line;
      if (blank.test(char)) continue;
      if (char !== "#") return char;
      comment = true;
    }
  }

  /** A word up to a blank, ";" or "{", which it gives; `${` is no "{". */
  #bare(first: string, words: Word[]): string {
    const begin = this.#at - 1;
    const place = this.#place(begin);
    let variable = first === "$";
    let escaped = first === "\\";
    for (;;) {
      const char = this.#read("");
      if (char === undefined) throw this.#unfinished();
      if (escaped) {
        escaped = false;
        continue;
      }
      if (char === "{" && variable) continue;
      variable = char === "$";
      escaped = char === "\\";
      if (!blank.test(char) && char !== ";" && char !== "{") continue;
      words.push({ text: unescaped(this.text.slice(begin, this.#at - 1)), quoted: false, place });
      return char;
    }
  }

  /** A word in quotes, and what ends it: a blank, ";", "{", or a ")" that begins the next one. */
  #quoted(quote: string, words: Word[]): string {
    const begin = this.#at;
    const place = this.#place(begin - 1);
    this.#mark = begin;
    let escaped = false;
    for (;;) {
      const char = this.#read(quote);
      if (char === undefined) throw this.#unfinished();
      if (escaped) escaped = false;
      else if (char === "\\") escaped = true;
      else if (char === quote) break;
    }
    words.push({ text: unescaped(this.text.slice(begin, this.#at - 1)), quoted: true, place });
    const next = this.#read("");
    if (next === undefined) throw this.#unfinished();
    if (next === ")") return this.#bare(next, words);
    if (!blank.test(next) && next !== ";" && next !== "{") throw this.#unexpected(next);
    return next;
  }
}
