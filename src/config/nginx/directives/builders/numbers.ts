import type { Context, Definition } from "../../definition.js";
import { ofDirective } from "../../mistake.js";
import type { Template } from "../../model/index.js";
import type { Statement, Word } from "../../statement.js";
import { parseNumber, parseOffset, parseSize } from "../../values/numbers.js";
import { parseMilliseconds, parseSeconds } from "../../values/time.js";
import { type Also, once } from "./custom.js";
import { templateOf } from "./texts.js";

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
