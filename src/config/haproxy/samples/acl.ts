import type { Directive } from "../grammar/directive.js";
import { Mistake, within } from "../grammar/mistake.js";
import type { Word } from "../grammar/split-line.js";
import type { AclTerm, Expression, MatchMethod, Pattern, SampleType } from "../model/expression.js";
import { wholeNumber } from "../values/numbers.js";
import { type AclName, aclNames } from "./acl-names.js";
import { canCast } from "./casts.js";
import type { Source } from "./checkpoints.js";
import { expressionAt, type Parsed } from "./expression.js";
import { checkPattern } from "./patterns.js";

/** An ACL by its name: alternatives, and where they may be used. */
export interface Acl {
  readonly name: string;
  readonly terms: AclTerm[];
  /** Of each term: the name of its fetch as written, its places and sources. */
  readonly uses: AclUse[];
}

export interface AclUse {
  readonly keyword: string;
  readonly checkpoints: number;
  readonly sources: readonly Source[];
}

export interface ParsedTerm {
  readonly term: AclTerm;
  readonly use: AclUse;
}

const wanted: Readonly<Record<MatchMethod, SampleType>> = {
  found: "any",
  bool: "sint",
  int: "sint",
  ip: "addr",
  bin: "bin",
  len: "str",
  str: "str",
  beg: "str",
  sub: "str",
  dir: "str",
  dom: "str",
  end: "str",
  reg: "str",
};

const byType: Partial<Record<SampleType, MatchMethod>> = {
  bool: "bool",
  sint: "int",
  addr: "ip",
  ipv4: "ip",
  ipv6: "ip",
  str: "str",
};

/** Takes `criterion [flags] [patterns]` from a word of a line on (acl.c, parse_acl_expr). */
export function aclTerm(directive: Directive): ParsedTerm {
  const keyword = directive.at(0);
  const base = /^[A-Za-z0-9_.+:-]*/.exec(keyword)![0];
  const acl = aclNames.get(base);
  const where = { directive, context: "in", noun: "ACL keyword" };
  const parsed = acl
    ? within(
        (message) => `ACL keyword '${acl.name}' : ${message.replace(/^fetch method '[^']*' : /, "")}`,
        () => expressionAt({ ...where, directive: renamed(directive, acl, base) }, 0),
      )
    : within(
        (message) => `${message} in ACL expression '${keyword}'`,
        () => expressionAt(where, 0),
      );
  return new TermReader(directive, parsed, acl).read();
}

/** The line with the fetch that an ACL name stands for; converters are in the same word, so that words keep their places. */
function renamed(directive: Directive, acl: AclName, base: string): Directive {
  const [first] = directive.words;
  const text = acl.fetch + first!.text.slice(base.length);
  return directive.with([{ text, column: first!.column }]);
}

class TermReader {
  #method: MatchMethod | undefined;
  #ignoreCase = false;
  #noDns = false;
  #uniqueId: number | undefined;
  #asMap = false;
  readonly #files: string[] = [];
  readonly #patterns: Pattern[] = [];

  constructor(
    private readonly directive: Directive,
    private readonly parsed: Parsed,
    private readonly acl: AclName | undefined,
  ) {
    const { expression } = parsed;
    const own = acl && expression.converters.length === 0;
    this.#method = own ? acl.method : byType[expression.type];
  }

  read(): ParsedTerm {
    const { directive, parsed } = this;
    const { expression, fetch } = parsed;
    // Words that are converters belong to the expression, but HAProxy takes patterns from the second word on.
    this.#warnWithoutPatterns(expression);
    let index = this.#flags(1);
    if (!this.#method) this.#noMethod();
    for (; directive.at(index) !== ""; index++) index = this.#pattern(index);
    const term: AclTerm = {
      expression,
      method: this.#method,
      ignoreCase: this.#ignoreCase,
      noDns: this.#noDns,
      uniqueId: this.#uniqueId,
      asMap: this.#asMap,
      patterns: this.#patterns,
      files: this.#files,
      place: directive.place(),
    };
    const keyword = this.acl && expression.converters.length === 0 ? this.acl.name : fetch.name;
    return { term, use: { keyword, checkpoints: fetch.checkpoints, sources: fetch.sources } };
  }

  get #name(): string {
    return this.acl?.name ?? this.parsed.fetch.name;
  }

  #noMethod(): never {
    throw new Mistake(
      `matching method must be specified first (using '-m') when using a sample fetch of this type ('${this.#name}')`,
      { column: this.directive.column(0), code: "no-matching-method" },
    );
  }

  #warnWithoutPatterns(expression: Expression): void {
    if (!this.#method || expression.type === "bool" || this.directive.at(1) !== "") return;
    this.directive.reading.warnBare(
      this.directive,
      `parsing acl keyword '${this.directive.at(0)}' :\n  no pattern to match against were provided, so this ACL will never match.\n  If this is what you intended, please add '--' to get rid of this warning.\n  If you intended to match only for existence, please use '-m found'.\n  If you wanted to force an int to match as a bool, please use '-m bool'.\n\n`,
      "no-pattern",
    );
  }

  #flags(from: number): number {
    const { directive } = this;
    let index = from;
    while (directive.at(index).startsWith("-")) {
      const flag = directive.at(index);
      const value = directive.at(index + 1);
      const column = directive.column(index + 1);
      if (flag === "--") return index + 1;
      if (flag === "-i") this.#ignoreCase = true;
      else if (flag === "-n") this.#noDns = true;
      else if (flag === "-M") this.#asMap = true;
      else if (flag === "-u") {
        this.#uniqueId = wholeNumber(value);
        if (this.#uniqueId === undefined)
          throw new Mistake("the argument of -u must be an integer", { column });
        if (directive.reading.patternIds.has(this.#uniqueId))
          throw new Mistake("the id is already used", { column });
        directive.reading.patternIds.add(this.#uniqueId);
        index++;
      } else if (flag === "-f") {
        if (!this.#method) this.#noMethod();
        directive.reading.needFile(
          value,
          directive,
          directive.place(index + 1),
          () => `failed to open pattern file <${value}>`,
        );
        this.#files.push(value);
        index++;
      } else if (flag === "-m") {
        this.#setMethod(value, column);
        index++;
      } else
        throw new Mistake(
          `'${flag}' is not a valid ACL option. Please use '--' before any pattern beginning with a '-'`,
          { column: directive.column(index), code: "unknown-flag" },
        );
      index++;
    }
    return index;
  }

  #setMethod(word: string, column: number): void {
    if (this.#files.length > 0)
      throw new Mistake("'-m' must only be specified before patterns and files in parsing ACL expression", {
        column,
      });
    const method = word === "regm" ? "reg" : word;
    if (!(method in wanted))
      throw new Mistake(`unknown matching method '${word}' when parsing ACL expression`, {
        column,
        code: "unknown-method",
        remedy: `The methods are ${Object.keys(wanted).join(", ")}.`,
      });
    if (method !== "found" && !canCast(this.parsed.expression.type, wanted[method as MatchMethod]))
      throw new Mistake(`matching method '${word}' cannot be used with fetch keyword '${this.#name}'`, {
        column,
      });
    this.#method = method as MatchMethod;
  }

  #operator: Pattern["operator"];

  #pattern(index: number): number {
    const word: Word = this.directive.words[index]!;
    const ints = this.#method === "int" || this.#method === "len";
    if (ints && /^(eq|ge|gt|le|lt)$/.test(word.text)) {
      this.#operator = word.text as Pattern["operator"];
      return index;
    }
    const kind = this.acl && this.parsed.expression.converters.length === 0 ? this.acl.patterns : undefined;
    const operator = ints && !/[:-]/.test(word.text) && this.#operator !== "eq" ? this.#operator : undefined;
    // Behind an operator HAProxy reads an integer up to its dot.
    const text = operator && kind !== "version" ? (word.text.split(".", 1)[0] as string) : word.text;
    within(
      (message) => message.replace(`'${text}'`, `'${word.text}'`),
      () => checkPattern(this.#method!, text, { ignoreCase: this.#ignoreCase, kind, operator }),
      { column: word.column, code: "invalid-pattern" },
    );
    const place = this.directive.place(index);
    this.#patterns.push(operator ? { text, operator, place } : { text, place });
    return index;
  }
}
