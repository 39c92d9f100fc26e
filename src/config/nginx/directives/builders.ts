import type { Block } from "../block.js";
import type { Context, Definition } from "../definition.js";
import { duplicate, invalid, Mistake, ofDirective } from "../mistake.js";
import type { Template } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { parseNumber, parseOffset, parseSize } from "../values/numbers.js";
import { parseMilliseconds, parseSeconds } from "../values/time.js";

/** What a definition may say beside its name, contexts and value. */
export interface Also<T> {
  readonly words?: readonly [least: number, most: number];
  readonly status?: Definition<T>["status"];
  readonly note?: string;
  readonly form?: string;
  /** What is wrong with a value that could be read, in nginx's words. */
  readonly check?: (value: T, statement: Statement, reading: Reading) => void;
}

type Read<T> = Definition<T>["read"];

/** A directive with a reader of its own. */
export function custom<T>(
  name: string,
  contexts: readonly Context[],
  words: readonly [least: number, most: number],
  initial: T,
  read: Read<T>,
  also: Pick<Definition<T>, "block" | "enter" | "leave" | "note" | "form"> & {
    readonly status?: Definition<T>["status"];
  } = {},
): Definition<T> {
  const { status = "done", ...rest } = also;
  return { name, contexts, words: { least: words[0], most: words[1] }, initial, status, read, ...rest };
}

/** One that may stand once in a block. */
function once<T>(
  name: string,
  contexts: readonly Context[],
  initial: T,
  also: Also<T>,
  read: (statement: Statement, reading: Reading) => T,
): Definition<T> {
  const { words = [1, 1], status = "done", note, form, check } = also;
  const whole: Read<T> = (statement, _block, before, reading) => {
    if (before !== undefined) throw duplicate(statement);
    const value = read(statement, reading);
    check?.(value, statement, reading);
    return value;
  };
  const said = { ...(note === undefined ? {} : { note }), ...(form === undefined ? {} : { form }) };
  return custom(name, contexts, words, initial, whole, { status, ...said });
}

/** on or off. */
export function flag(name: string, contexts: readonly Context[], initial: boolean, also: Also<boolean> = {}) {
  return once(name, contexts, initial, { form: "on | off", ...also }, (statement) => {
    const word = statement.words[0]!;
    const text = word.text.toLowerCase();
    if (text !== "on" && text !== "off")
      throw new Mistake(
        `invalid value "${word.text}" in "${statement.name.text}" directive, it must be "on" or "off"`,
        { code: "invalid-value", word, remedy: 'Say "on" or "off".' },
      );
    return text === "on";
  });
}

function parsed<T>(parse: (text: string) => T | undefined, words: string) {
  return (statement: Statement): T => {
    const word = statement.words[0]!;
    const value = parse(word.text);
    if (value === undefined) throw ofDirective(statement, words, { code: "invalid-value", word });
    return value;
  };
}

/** A whole number. */
export function number(name: string, contexts: readonly Context[], initial: number, also: Also<number> = {}) {
  return once(name, contexts, initial, { form: "NUMBER", ...also }, parsed(parseNumber, "invalid number"));
}

/** Bytes. */
export function size<T extends number | undefined = number>(
  name: string,
  contexts: readonly Context[],
  initial: T,
  also: Also<number | T> = {},
): Definition<number | T> {
  return once(
    name,
    contexts,
    initial as number | T,
    { form: "SIZE", ...also },
    parsed(parseSize, "invalid value"),
  );
}

/** Bytes, also in gigabytes. */
export function offset(name: string, contexts: readonly Context[], initial: number, also: Also<number> = {}) {
  return once(name, contexts, initial, { form: "SIZE", ...also }, parsed(parseOffset, "invalid value"));
}

/** A time in milliseconds. */
export function milliseconds(
  name: string,
  contexts: readonly Context[],
  initial: number,
  also: Also<number> = {},
) {
  return once(name, contexts, initial, { form: "TIME", ...also }, parsed(parseMilliseconds, "invalid value"));
}

/** A time in seconds. */
export function seconds(
  name: string,
  contexts: readonly Context[],
  initial: number,
  also: Also<number> = {},
) {
  return once(name, contexts, initial, { form: "TIME", ...also }, parsed(parseSeconds, "invalid value"));
}

/** A word; undefined where nobody says it. */
export function text<T extends string | undefined = undefined>(
  name: string,
  contexts: readonly Context[],
  initial?: T,
  also: Also<string | T> = {},
): Definition<string | T> {
  return once(
    name,
    contexts,
    initial as string | T,
    { form: "WORD", ...also },
    (statement) => statement.words[0]!.text,
  );
}

export const templateOf = (word: Word): Template => ({ text: word.text, place: word.place });

/** A text with variables. */
export function template(
  name: string,
  contexts: readonly Context[],
  also: Also<Template | undefined> = {},
): Definition<Template | undefined> {
  return once(name, contexts, undefined, { form: "TEXT", ...also }, (statement) =>
    templateOf(statement.words[0]!),
  );
}

/** One word of several, whatever their case. */
export function choice<C extends string>(
  name: string,
  contexts: readonly Context[],
  initial: C,
  choices: readonly C[],
  also: Also<C> = {},
): Definition<C> {
  return once(name, contexts, initial, { form: choices.join(" | "), ...also }, (statement) => {
    const word = statement.words[0]!;
    const found = choices.find((each) => each === word.text.toLowerCase());
    if (found === undefined) throw invalid("value", word, { remedy: `Say ${choices.join(", ")}.` });
    return found;
  });
}

/** Some words of several, whatever their case; further statements add to it. */
export function choices<C extends string>(
  name: string,
  contexts: readonly Context[],
  initial: readonly C[],
  all: readonly C[],
  also: { readonly words?: readonly [number, number] } & Pick<Also<readonly C[]>, "status" | "note"> = {},
): Definition<readonly C[]> {
  const { words = [1, many], ...rest } = also;
  return custom<readonly C[]>(
    name,
    contexts,
    words,
    initial,
    (statement, _block, before, reading) => {
      const found: C[] = [...(before ?? [])];
      for (const word of statement.words) {
        const one = all.find((each) => each.toLowerCase() === word.text.toLowerCase());
        if (one === undefined) throw invalid("value", word, { remedy: `Say some of ${all.join(", ")}.` });
        if (found.includes(one))
          reading.warn("duplicate-value", `duplicate value "${word.text}"`, statement.end);
        else found.push(one);
      }
      return found;
    },
    { form: `${all.join(" | ")} …`, ...rest },
  );
}

/** As many words as the line has. */
export const many = Number.POSITIVE_INFINITY;

/** Each statement adds a word; undefined where nobody says one. */
export function texts(
  name: string,
  contexts: readonly Context[],
  also: Pick<Also<never>, "status" | "note"> = {},
): Definition<readonly string[] | undefined> {
  const read: Read<readonly string[] | undefined> = (statement, _block, before) => [
    ...(before ?? []),
    statement.words[0]!.text,
  ];
  return custom<readonly string[] | undefined>(name, contexts, [1, 1], undefined, read, {
    form: "WORD",
    ...also,
  });
}

/** A name and a text, as `proxy_set_header` has them. */
export interface Pair {
  readonly name: string;
  readonly value: Template;
}

/** Each statement adds a pair; undefined where nobody says one. */
export function pairs(
  name: string,
  contexts: readonly Context[],
  also: Pick<Also<never>, "status" | "note"> = {},
): Definition<readonly Pair[] | undefined> {
  const read: Read<readonly Pair[] | undefined> = (statement, _block, before) => [
    ...(before ?? []),
    { name: statement.words[0]!.text, value: templateOf(statement.words[1]!) },
  ];
  return custom<readonly Pair[] | undefined>(name, contexts, [2, 2], undefined, read, {
    form: "NAME TEXT",
    ...also,
  });
}

/** `NUMBER SIZE` of buffers. */
export interface Buffers {
  readonly count: number;
  readonly size: number;
}

export function buffers(name: string, contexts: readonly Context[], initial: Buffers): Definition<Buffers> {
  return once(name, contexts, initial, { words: [2, 2], form: "NUMBER SIZE" }, (statement) => {
    const [first, second] = statement.words as readonly [Word, Word];
    const count = parseNumber(first.text);
    if (!count) throw ofDirective(statement, "invalid value", { code: "invalid-value", word: first });
    const bytes = parseSize(second.text);
    if (!bytes) throw ofDirective(statement, "invalid value", { code: "invalid-value", word: second });
    return { count, size: bytes };
  });
}

/** `off`-like conditions: texts with variables, met by one that is neither empty nor "0"; undefined where nobody says one. */
export function predicates(
  name: string,
  contexts: readonly Context[],
  also: Pick<Also<never>, "status" | "note"> = {},
): Definition<readonly Template[] | undefined> {
  return custom<readonly Template[] | undefined>(
    name,
    contexts,
    [1, many],
    undefined,
    (statement, _block, before) => [...(before ?? []), ...statement.words.map(templateOf)],
    { form: "TEXT …", ...also },
  );
}

/** Bytes, or a text with variables that makes some. */
export type SizeTemplate = number | Template;

export function sizeTemplate(
  name: string,
  contexts: readonly Context[],
  also: Also<SizeTemplate | undefined> = {},
): Definition<SizeTemplate | undefined> {
  return once<SizeTemplate | undefined>(name, contexts, undefined, { form: "SIZE", ...also }, (statement) => {
    const word = statement.words[0]!;
    if (word.text.includes("$")) return templateOf(word);
    const bytes = parseSize(word.text);
    if (bytes === undefined) throw ofDirective(statement, "invalid value", { code: "invalid-value", word });
    return bytes;
  });
}

/** There, without a word. */
export function present(name: string, contexts: readonly Context[], also: Also<boolean> = {}) {
  return once(name, contexts, false, { words: [0, 0], form: "", ...also }, () => true);
}

/** Bounds of a number (ngx_conf_check_num_bounds). */
export function bounds(low: number, high: number) {
  return (value: number, statement: Statement): void => {
    if (value < low || value > high)
      throw new Mistake(
        high === many
          ? `value must be equal to or greater than ${low}`
          : `value must be between ${low} and ${high}`,
        { code: "out-of-bounds", word: statement.words[0] ?? statement.name },
      );
  };
}

/** An old name that nginx warns of. */
export function deprecated(old: string, instead: string) {
  return (_value: unknown, statement: Statement, reading: Reading): void =>
    reading.warn(
      "deprecated",
      `the "${old}" directive is deprecated, use the "${instead}" directive instead`,
      statement.end,
    );
}

/** Of one that only counts in a block of its own, as `upstream` and `server` do. */
export type BlockEnter<T> = (child: Block, value: T, reading: Reading) => void;

/** What nginx asks of the size of a pool of memory: room for itself, and whole pieces. */
export function poolSize(value: number, statement: Statement): void {
  const about = { code: "out-of-bounds", word: statement.words[0]! };
  if (value < 112) throw new Mistake("the pool size must be no less than 112", about);
  if (value % 16 !== 0) throw new Mistake("the pool size must be a multiple of 16", about);
}
