import type { Findings } from "../findings.js";
import { argumentCount, type Context, type Keyword, keywordIn } from "../keywords/index.js";
import type { Chars } from "../source/chars.js";
import type { LineReader } from "../source/line-reader.js";
import type { Block, Row, Statement, Word } from "./statement.js";
import { type Meant, reportUnknown } from "./unknown-word.js";
import { splitWords } from "./words.js";

interface Line {
  readonly words: readonly [Word, ...Word[]];
  readonly line: Chars;
}

/** Blocks are nested at most so deep; the real one knows six levels. */
const deepest = 200;

/** Builds the tree of a configuration out of its lines, with what is wrong noted on the way. */
export class Parser {
  #peeked: Line | undefined;
  /** Open blocks, the innermost last: what the missing "}" would have ended. */
  readonly #open: { readonly word: Word; readonly context: Context | undefined }[] = [];
  /** How many blocks stay open while others end for want of a "}". */
  #unwindTo: number | undefined;
  #endsMissed = 0;
  /** The outermost block that the file ends in. */
  #unclosed: Word | undefined;

  constructor(
    readonly reader: LineReader,
    readonly findings: Findings,
    /** Called for each statement as soon as its words are read: some change how the next lines are read. */
    readonly seen: (statement: Statement) => void = () => {},
  ) {}

  parse(): Block {
    const statements: Statement[] = [];
    this.#statements("", statements);
    if (this.reader.depth > this.#endsMissed) this.#missingEnd(this.reader.depth);
    return { context: "", statements };
  }

  #next(): Line | undefined {
    const peeked = this.#peeked;
    this.#peeked = undefined;
    if (peeked) return peeked;
    for (;;) {
      const line = this.reader.next();
      if (!line) return undefined;
      const words = splitWords(line, () =>
        this.findings.add(line, "unmatched-quote", `Unmatched quote: '${line.text}'`, {
          remedy: 'Add the closing ".',
        }),
      );
      if (words.length > 0) return { words: words as [Word, ...Word[]], line };
    }
  }

  #peek(): Line | undefined {
    return (this.#peeked ??= this.#next());
  }

  #nextIsBrace(): boolean {
    const next = this.#peek();
    return next !== undefined && next.words[0].text === "{";
  }

  /** Reads statements up to the end of their block, or of the files. */
  #statements(context: Context | undefined, into: Statement[]): void {
    for (;;) {
      const next = this.#peek();
      if (!next) this.#unclosed ??= this.#open[0]?.word;
      if (!next || this.#unwinds()) return;
      const [word, ...args] = next.words;
      if (word.text === "}") {
        this.#next();
        if (this.#open.length > 0) return;
        continue; // the reader has said so
      }
      if (word.text === "{") {
        this.#next();
        this.findings.add(word.at, "unexpected-brace", "Unexpected '{' - ignoring");
        continue;
      }
      const keyword = context === undefined ? undefined : keywordIn(context, word.text);
      if (!keyword && context !== undefined && this.#endIsMissing(word)) continue;
      this.#next();
      into.push(this.#statement(context, keyword, word, args, next.line));
    }
  }

  #unwinds(): boolean {
    if (this.#unwindTo === undefined) return false;
    if (this.#open.length > this.#unwindTo) return true;
    this.#unwindTo = undefined;
    return false;
  }

  /** A block that can stand only in one that is open outside of this one: the "}" before it is missing. */
  #endIsMissing(word: Word): boolean {
    const contexts: readonly (Context | undefined)[] = ["", ...this.#open.map((open) => open.context)];
    const level = contexts.findLastIndex(
      (context) => context !== undefined && keywordIn(context, word.text)?.block !== undefined,
    );
    if (level < 0 || level === contexts.length - 1) return false;
    const open = this.#open.at(-1)!;
    this.findings.add(word.at, "unknown-keyword", `Unknown keyword '${word.text}'`, {
      remedy: `It belongs ${level === 0 ? "outside of all blocks" : `into ${contexts[level]}`}: add the missing '}' of ${open.word.text} before it.`,
    });
    this.#unwindTo = level;
    this.#endsMissed += contexts.length - 1 - level;
    return true;
  }

  #statement(
    context: Context | undefined,
    keyword: Keyword | undefined,
    word: Word,
    args: readonly Word[],
    line: Chars,
  ): Statement {
    const plain = { word, arguments: args, line };
    if (!keyword) {
      const meant =
        context === undefined ? undefined : reportUnknown(this.findings, context, word, args.length);
      return this.#nextIsBrace() ? { ...plain, ...this.#guessed(plain, meant) } : plain;
    }
    const statement = { ...plain, keyword };
    this.#checkWords(keyword, word, args);
    this.seen(statement);
    if (keyword.block === "rows") return { ...statement, rows: this.#rows(word) };
    if (keyword.block !== undefined) {
      const statements: Statement[] = [];
      this.#block(word, keyword.block, statements);
      return { ...statement, block: { context: keyword.block, statements } };
    }
    if (this.#nextIsBrace()) {
      const brace = this.#peek()!.words[0];
      this.findings.add(brace.at, "unexpected-brace", "Unexpected '{' - ignoring", {
        remedy: `${word.text} has no block.`,
      });
      this.#block(word, undefined, []);
    }
    return statement;
  }

  /** The block of an unknown word, read as if the word were what it was probably meant to be. */
  #guessed(plain: Statement, meant: Meant | undefined): { guess?: Statement } {
    const keyword = meant?.keyword;
    if (keyword?.block === "rows") return { guess: { ...plain, keyword, rows: this.#rows(plain.word) } };
    const statements: Statement[] = [];
    this.#block(plain.word, keyword?.block, statements);
    if (keyword?.block === undefined) return {};
    const [, name] = meant?.instead?.split(" ") ?? [];
    const args = name === undefined ? plain.arguments : [{ ...plain.word, text: name }];
    return { guess: { ...plain, keyword, arguments: args, block: { context: keyword.block, statements } } };
  }

  /** Too few words, too many words, words that do nothing here. */
  #checkWords(keyword: Keyword, word: Word, args: readonly Word[]): void {
    const { least, most } = argumentCount(keyword);
    const usage =
      keyword.arguments === ""
        ? `${keyword.name} stands alone.`
        : `Write ${keyword.name} ${keyword.arguments}.`;
    if (args.length < least) {
      const message =
        keyword.missing ??
        `*** Configuration line starting \`${word.text}\` is missing a parameter after keyword \`${(args.at(-1) ?? word).text}\` at word position ${args.length + 2}`;
      this.findings.add(word.at, "missing-parameter", message, {
        remedy: usage,
        refused: keyword.missing === undefined ? "missing-parameter" : "error",
      });
    } else if (args.length > most && keyword.name !== "virtual_server_group") {
      const extra = args[most]!;
      if (keyword.arguments === "COMMAND") this.#unquoted(args);
      else
        this.findings.warn(
          extra.at,
          "extra-words",
          `'${extra.text}' is not read: ${keyword.name} takes ${most === 0 ? "no word" : most === 1 ? "one word" : `${most} words`}`,
          {
            remedy: usage,
          },
        );
    }
    if (keyword.deprecated !== undefined) this.#deprecated(keyword, keyword.deprecated, word);
    const { status } = keyword;
    if (keyword.since !== undefined)
      this.findings.add(word.at, "newer-keyword", `Unknown keyword '${word.text}'`, {
        severity: "warning",
        refused: "error",
        remedy: `keepalived knows it from ${keyword.since} on; it does nothing here.`,
      });
    else if (status.kind === "without-effect")
      this.findings.warn(word.at, "without-effect", `${word.text} is read and does nothing here`, {
        severity: "note",
        remedy:
          keyword.build === "iptables"
            ? `${status.says} A keepalived built without iptables (Debian's) refuses it and wants nftables.`
            : status.says,
      });
  }

  /** An old word; the new one can stand in its place where it belongs into the same block. */
  #deprecated(keyword: Keyword, now: string, word: Word): void {
    const message = keyword.deprecation ?? `${word.text} is deprecated - please use ${now}`;
    const same = keywordIn(keyword.context, now)?.arguments === keyword.arguments;
    this.findings.warn(word.at, "deprecated", message, {
      ...(keyword.deprecation === undefined ? { severity: "note" } : { refused: "error" }),
      remedy: `Write ${now}${same ? "" : " instead"}.`,
      ...(same ? { meant: now, instead: now } : {}),
    });
  }

  /** A command whose arguments are not in quotes: the real one takes its first word alone. */
  #unquoted(args: readonly Word[]): void {
    const [first, ...others] = args as [Word, ...Word[]];
    const from = first.at.range?.start;
    const to = args.at(-1)!.at.range?.end;
    const text = args.map((word) => word.text).join(" ");
    const plain = args.every((word) => !word.quoted) && !text.includes('"');
    const unread = others.map((word) => word.text).join(" ");
    this.findings.warn(
      others[0]!.at,
      "extra-words",
      `'${unread}' is not read: only the command's first word counts`,
      {
        remedy: "Put the command and its arguments in quotes.",
        ...(plain && from !== undefined && to !== undefined ? { edit: { from, to, text: `"${text}"` } } : {}),
      },
    );
  }

  /** The statements of a block, from its "{" to its "}". Without a context its words are not looked at. */
  #block(word: Word, context: Context | undefined, into: Statement[]): void {
    if (this.#nextIsBrace()) this.#next();
    else {
      const next = this.#peek();
      this.findings.add(
        next?.words[0].at ?? word.at,
        "missing-brace",
        "Missing '{' at beginning of configuration block",
        {
          remedy: `Add '{' after ${word.text}.`,
        },
      );
      if (!next) return;
    }
    if (this.#open.length >= deepest) {
      this.findings.add(word.at, "too-deep", `Blocks are nested more than ${deepest} deep`);
      return;
    }
    this.#open.push({ word, context });
    this.#statements(context, into);
    this.#open.pop();
  }

  /** The rows of a block of values. */
  #rows(word: Word): Row[] {
    const rows: Row[] = [];
    if (this.#nextIsBrace()) this.#next();
    else if (this.#peek())
      this.findings.warn(
        this.#peek()!.words[0].at,
        "missing-brace",
        `'{' missing from beginning of block ${word.text}`,
        {
          remedy: `Add '{' after ${word.text}.`,
        },
      );
    this.#open.push({ word, context: undefined });
    for (let next = this.#next(); next && next.words[0].text !== "}"; next = this.#next()) rows.push(next);
    if (!this.#peek()) this.#unclosed ??= this.#open[0]?.word;
    this.#open.pop();
    return rows;
  }

  #missingEnd(count: number): void {
    const last = this.findings.files.files.at(-1);
    const end = last ? last.base + Math.max(0, last.text.trimEnd().length - 1) : 0;
    const open = this.#unclosed;
    const from = open && this.findings.files.place(open.at.position());
    this.findings.add(end, "missing-end", `There are ${count} missing '}'s or extra '{'s`, {
      remedy:
        open &&
        from &&
        `${open.text} of line ${from.line} is open still: add its '}', or that of a block within it.`,
    });
  }
}
