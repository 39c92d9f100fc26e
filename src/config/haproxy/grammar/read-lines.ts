import type { Reading } from "../read/reading.js";
import { Directive, type Prefix } from "./directive.js";
import { Mistake } from "./mistake.js";
import { evaluateCondition } from "./predicates.js";
import { type SplitFault, splitLine, type Word } from "./split-line.js";

/** Words of a line that are taken. */
const mostWords = 64;
const deepestIf = 1024;

const faults: Readonly<Record<SplitFault, string>> = {
  quote: "unmatched quote",
  brace: "unmatched brace in environment variable name",
  "variable-name": "forbidden first char in environment variable name",
  hexadecimal: "truncated or invalid hexadecimal sequence",
  "word-expansion": "truncated or invalid word expansion sequence",
};

/** Keywords that `no` and `default` may stand before. */
const negatable = [
  "option",
  "log",
  "busy-polling",
  "set-dumpable",
  "strict-limits",
  "insecure-fork-wanted",
  "numa-cpu-mapping",
];

type Branch = "take" | "drop" | "skip" | "else-take" | "else-drop";

/** Hands out the lines of a file, conditions (`.if`) and prefixes taken care of (cfgparse.c, readcfgfile). */
export class LineReader {
  readonly #branches: Branch[] = [];
  #fatal = 0;
  #line = 0;
  /** What ${.SECTION} is. */
  section = "";

  constructor(
    private readonly reading: Reading,
    private readonly file: string,
    /** Takes a line; says whether it is right. */
    private readonly take: (directive: Directive) => boolean,
  ) {}

  read(text: string): void {
    const lines = text.split("\n");
    const whole = lines.at(-1) === "";
    if (whole) lines.pop();
    for (const line of lines) {
      this.#line++;
      if (this.#fatal >= 50) {
        this.#alert([], `too many fatal errors (${this.#fatal}), stopping now.`, 1);
        break;
      }
      this.#one(line);
      if (this.reading.aborted) return;
    }
    if (!whole && lines.length > 0)
      this.#alert(
        [],
        `Missing LF on last line, file might have been truncated at position ${lines.at(-1)!.length + 1}.`,
        lines.at(-1)!.length + 1,
      );
    if (this.#branches.length > 0) this.#alert([], "non-terminated '.if' block.", 1, { abort: true });
  }

  #alert(words: readonly Word[], message: string, column: number, about: { abort?: boolean } = {}): void {
    const directive = new Directive(this.reading, this.file, this.#line, words);
    this.reading.alert(directive, message, { column, close: true, code: "syntax" });
    if (about.abort) this.reading.aborted = true;
    else this.#fatal++;
  }

  #one(written: string): void {
    const indent = /^[ \t\v\f\r]*/.exec(written)![0].length;
    const line = written.slice(indent);
    if (line.startsWith("[")) return; // a scope, which means nothing
    const split = splitLine(line, (name) => this.#variable(name));
    if (split.fault) {
      const { kind, offset } = split.fault;
      const shown = shownLine(line, offset);
      this.#alert(
        [],
        `${faults[kind]} at position ${offset + indent + 1}:\n  ${shown.text}\n  ${"^".padStart(shown.at + 1)}`,
        offset + indent + 1,
      );
      return;
    }
    const words = split.words.map((word) => ({ text: word.text, column: word.column + indent }));
    if (words.length > mostWords) {
      const last = words[mostWords - 1]!;
      const position = words.slice(0, mostWords - 1).reduce((sum, word) => sum + word.text.length + 1, 1);
      this.#alert(
        words,
        `too many words, truncating after word ${mostWords}, position ${position}: <${last.text}>.`,
        last.column,
      );
      return;
    }
    const first = words[0]?.text ?? "";
    if (first === "") return;
    if (first.startsWith(".") && this.#conditional(words)) return;
    const branch = this.#branches.at(-1);
    if (branch === "drop" || branch === "skip" || branch === "else-drop") return;
    if (first.startsWith(".")) this.#message(words);
    else this.#directive(words);
  }

  #variable(name: string): string | undefined {
    if (name === ".LINE") return String(this.#line);
    if (name === ".FILE") return this.file;
    if (name === ".SECTION") return this.section;
    return name.startsWith(".") ? undefined : this.reading.environment[name];
  }

  /** .if, .elif, .else, .endif; says whether it was one. */
  #conditional(words: readonly Word[]): boolean {
    const [first, second] = words;
    const word = first!.text;
    const branches = this.#branches;
    const branch = branches.at(-1);
    const lone = () =>
      this.#alert(words, `lone '${word}' with no matching '.if'.`, first!.column, { abort: true });
    if ((word === ".else" || word === ".endif") && second && second.text !== "") {
      this.#alert(words, `Unexpected argument '${second.text}' for '${word}'.`, second.column, {
        abort: true,
      });
      return true;
    }
    switch (word) {
      case ".if":
        if (branches.length + 1 >= deepestIf)
          this.#alert(words, `too many nested '.if', max is ${deepestIf}.`, first!.column, { abort: true });
        else if (branch !== undefined && branch !== "take" && branch !== "else-take") branches.push("skip");
        else branches.push(this.#holds(words) ? "take" : "drop");
        return true;
      case ".elif":
        if (branch === undefined) lone();
        else if (branch.startsWith("else"))
          this.#alert(words, "'.elif' after '.else' is not permitted.", first!.column, { abort: true });
        else if (branch === "take" || branch === "skip") branches[branches.length - 1] = "skip";
        else branches[branches.length - 1] = this.#holds(words) ? "take" : "drop";
        return true;
      case ".else":
        if (branch === undefined) lone();
        else if (branch.startsWith("else"))
          this.#alert(words, "'.else' after '.else' is not permitted.", first!.column, { abort: true });
        else branches[branches.length - 1] = branch === "drop" ? "else-take" : "else-drop";
        return true;
      case ".endif":
        if (branch === undefined) lone();
        else branches.pop();
        return true;
      default:
        return false;
    }
  }

  #holds(words: readonly Word[]): boolean {
    const name = words[0]!.text;
    const text = words
      .slice(1)
      .map((word) => word.text)
      .join(" ");
    try {
      return evaluateCondition(text, this.reading.environment);
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      const at = error.about.column ?? 0;
      this.#alert(
        words,
        `${error.message} in '${name}' at position ${at + 1}:\n  ${name} ${text}\n  ${"^".padStart(at + name.length + 2)}`,
        (words[1]?.column ?? 1) + at,
        { abort: true },
      );
      return false;
    }
  }

  /** .alert, .warning, .notice, .diag */
  #message(words: readonly Word[]): void {
    const word = words[0]!.text;
    const directive = new Directive(this.reading, this.file, this.#line, words);
    const kinds = { ".alert": "error", ".warning": "warning", ".notice": "note", ".diag": "hint" } as const;
    const severity = kinds[word as keyof typeof kinds];
    if (!severity) {
      this.#alert(words, `unknown directive '${word}'.`, words[0]!.column, { abort: false });
      return;
    }
    if (directive.at(2) !== "") {
      this.#alert(
        words,
        `Unexpected argument '${directive.at(2)}' for '${word}'. Use quotes if the message should contain spaces.`,
        directive.column(2),
      );
      return;
    }
    const message = `'${directive.at(1)}'.`;
    this.reading.add(severity, directive.place(), message, {
      code: "told-by-file",
      printed: `parsing [${this.file}:${this.#line}]: ${message}`,
    });
    if (severity === "error") {
      this.reading.fatal++;
      this.reading.aborted = true;
    }
  }

  #directive(words: readonly Word[]): void {
    let prefix: Prefix = "";
    let rest = words;
    const first = words[0]!.text;
    if (first === "no" || first === "default") {
      prefix = first;
      rest = words.slice(1);
    }
    const directive = new Directive(this.reading, this.file, this.#line, rest, prefix);
    if (prefix !== "" && !negatable.includes(directive.at(0))) {
      this.#alert(
        words,
        `negation/default currently supported only for options, log, busy-polling, set-dumpable, strict-limits, insecure-fork-wanted and numa-cpu-mapping.`,
        words[0]!.column,
      );
    }
    if (!this.take(directive)) this.#fatal++;
  }
}

/** A line shortened around an offset, for people (tools.c, sanitize_for_printing). */
function shownLine(line: string, offset: number): { readonly text: string; readonly at: number } {
  const width = 80;
  const clean = (text: string) => text.replace(/[ \t\v\f]/g, " ").replace(/[^\x20-\x7e]/g, "?");
  const shift = offset >= width ? offset - width / 2 : 0;
  const head = shift > 0 ? "..." : "";
  const begin = shift > 0 ? shift + 3 : 0;
  const room = width - head.length - (shift > 0 ? 3 : 0);
  const cut = line.slice(begin, begin + room);
  const more = begin + room < line.length;
  const text = clean(more && shift === 0 ? cut.slice(0, width - 3) : cut);
  return { text: head + text + (more ? "..." : ""), at: offset - shift };
}
