import { haproxyFeatures, haproxyVersion } from "../program.js";
import { argumentList } from "../samples/argument-list.js";
import type { Signature } from "../samples/names.js";
import { compareOpenssl, compareVersion } from "../version.js";
import { Mistake } from "./mistake.js";

type Environment = Readonly<Record<string, string | undefined>>;

const one: Signature = { least: 1, kinds: ["str"] };
const two: Signature = { least: 2, kinds: ["str", "str"] };

const predicates: Readonly<
  Record<
    string,
    readonly [Signature, (args: readonly string[], environment: Environment) => boolean | undefined]
  >
> = {
  defined: [one, ([name = ""], environment) => environment[name] !== undefined],
  feature: [one, ([name = ""]) => haproxyFeatures.get(name) === true],
  streq: [two, ([a, b]) => a === b],
  strneq: [two, ([a, b]) => a !== b],
  version_atleast: [one, ([text = ""]) => (compareVersion(haproxyVersion, text) ?? -1) >= 0],
  version_before: [one, ([text = ""]) => (compareVersion(haproxyVersion, text) ?? 0) < 0],
  openssl_version_atleast: [one, ([text = ""]) => atLeast(compareOpenssl(text))],
  openssl_version_before: [one, ([text = ""]) => negated(atLeast(compareOpenssl(text)))],
  ssllib_name_startswith: [one, ([text = ""]) => "OpenSSL".startsWith(text)],
};

const atLeast = (order: number | undefined) => (order === undefined ? undefined : order >= 0);
const negated = (value: boolean | undefined) => (value === undefined ? undefined : !value);

/** How deep parentheses and operators may be nested. */
const deepest = 1024;

/** The value of what stands after `.if` (cfgcond.c): `!`, `&&`, `||`, parentheses, numbers and predicates. Empty is false. */
export function evaluateCondition(text: string, environment: Environment): boolean {
  const reader = new ConditionReader(text, environment);
  if (text === "") return false;
  const value = reader.any(deepest);
  reader.blanks();
  if (reader.at < text.length)
    throw new Mistake(
      `unexpected character '${text[reader.at]}' at the end of conditional expression '${text}'`,
      { column: reader.at },
    );
  return value();
}

class ConditionReader {
  at = 0;

  constructor(
    private readonly text: string,
    private readonly environment: Environment,
  ) {}

  blanks(): void {
    while (this.text[this.at] === " " || this.text[this.at] === "\t") this.at++;
  }

  /** a || b; the values are looked at only when all is read. */
  any(depth: number): () => boolean {
    return this.#chain(
      "||",
      depth,
      "expression",
      (deep) => this.all(deep),
      (a, b) => () => a() || b(),
    );
  }

  all(depth: number): () => boolean {
    return this.#chain(
      "&&",
      depth,
      "sub-expression",
      (deep) => this.term(deep),
      (a, b) => () => a() && b(),
    );
  }

  #chain(
    operator: string,
    depth: number,
    words: string,
    next: (depth: number) => () => boolean,
    both: (a: () => boolean, b: () => boolean) => () => boolean,
  ): () => boolean {
    if (depth <= 0 || this.at >= this.text.length)
      throw new Mistake(`unparsable conditional ${words} '${this.text.slice(this.at)}'`, { column: this.at });
    const terms = [next(depth - 1)];
    for (;;) {
      this.blanks();
      if (!this.text.startsWith(operator, this.at)) break;
      this.at += 2;
      this.blanks();
      terms.push(next(depth - 1));
    }
    return terms.reduceRight((rest, first) => both(first, rest));
  }

  term(depth: number): () => boolean {
    this.blanks();
    const start = this.at;
    const rest = this.text.slice(start);
    const unparsable = (): never => {
      throw new Mistake(`unparsable conditional expression '${rest}'`, { column: start });
    };
    if (depth <= 0 || rest === "") return unparsable();
    let not = false;
    while (this.text[this.at] === "!") {
      not = !not;
      this.at++;
      this.blanks();
    }
    const value = this.#value(depth, rest, start) ?? unparsable();
    return not ? () => !value() : value;
  }

  #value(depth: number, rest: string, start: number): (() => boolean) | undefined {
    const number = /^[+-]?\d+/.exec(this.text.slice(this.at))?.[0];
    if (number !== undefined) {
      this.at += number.length;
      return () => Number(number) !== 0;
    }
    if (this.text[this.at] === "(") {
      this.at++;
      this.blanks();
      const inner = this.any(depth - 1);
      this.blanks();
      if (this.text[this.at] !== ")")
        throw new Mistake(`expected ')' after conditional expression '${rest}'`, { column: start });
      this.at++;
      this.blanks();
      return inner;
    }
    const name = /^[^ (]*/.exec(this.text.slice(this.at))![0];
    const predicate = Object.hasOwn(predicates, name) ? predicates[name] : undefined;
    if (!predicate) return undefined;
    const [signature, ask] = predicate;
    const list = argumentList(this.text, this.at + name.length, signature);
    this.at = list.end;
    return () =>
      ask(
        list.arguments.map((argument) => argument.text),
        this.environment,
      ) ?? false;
  }
}
