import type { Block } from "../block.js";
import { duplicate, Mistake } from "../mistake.js";
import type { Template } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { variableName } from "./rewrite.js";

const templateOf = (word: Word, text = word.text): Template => ({ text, place: word.place });

/** A word that may be said once. */
export function wordOnce(statement: Statement, _block: Block, before: string | undefined): string {
  if (before !== undefined) throw duplicate(statement);
  return statement.words[0]!.text;
}

/** All words of a statement that may be said once. */
export function wordsOnce(
  statement: Statement,
  _block: Block,
  before: readonly string[] | undefined,
): readonly string[] {
  if (before !== undefined) throw duplicate(statement);
  return statement.words.map(({ text }) => text);
}

/** The first word of each statement. */
export function addWord(
  statement: Statement,
  _block: Block,
  before: readonly string[] | undefined,
): readonly string[] {
  return [...(before ?? []), statement.words[0]!.text];
}

/** All words of all statements. */
export function addWordsOf(
  statement: Statement,
  _block: Block,
  before: readonly string[] | undefined,
): readonly string[] {
  return [...(before ?? []), ...statement.words.map(({ text }) => text)];
}

/** `env NAME[=VALUE]`. */
export const readEnv = addWord;

/** A text with variables that may be said once. */
export function templateOnce(statement: Statement, _block: Block, before: Template | undefined): Template {
  if (before !== undefined) throw duplicate(statement);
  return templateOf(statement.words[0]!);
}

/** The same for a path that starts from the configuration's folder. */
export function configTemplate(
  statement: Statement,
  before: Template | undefined,
  reading: Reading,
): Template {
  if (before !== undefined) throw duplicate(statement);
  const word = statement.words[0]!;
  return templateOf(word, word.text.startsWith("$") ? word.text : reading.fullName(word.text, "conf"));
}

/** `$variable VALUE`: the variable's name without "$", and its text. */
export function readVariablePair(
  statement: Statement,
  _block: Block,
  before: readonly { readonly name: string; readonly value: Template }[] | undefined,
): readonly { readonly name: string; readonly value: Template }[] {
  const [name, value] = statement.words as readonly [Word, Word];
  return [...(before ?? []), { name: variableName(name), value: templateOf(value) }];
}

/** `sub_filter WHAT BY`. */
export interface SubFilter {
  readonly what: Template;
  readonly by: Template;
}

export function readSubFilter(
  statement: Statement,
  _block: Block,
  before: readonly SubFilter[] | undefined,
): readonly SubFilter[] {
  const [what, by] = statement.words as readonly [Word, Word];
  if (what.text === "") throw new Mistake("empty search pattern", { code: "invalid-value", word: what });
  return [...(before ?? []), { what: templateOf(what), by: templateOf(by) }];
}

/** Directives of HTTP/2 that nginx has given up: it warns, and takes the value for nothing. */
export function obsolete(
  statement: Statement,
  _block: Block,
  _before: string | undefined,
  reading: Reading,
): string {
  const { text } = statement.name;
  const instead: Readonly<Record<string, string>> = {
    http2_max_requests: "keepalive_requests",
    http2_recv_timeout: "client_header_timeout",
    http2_idle_timeout: "keepalive_timeout",
  };
  reading.warn(
    "obsolete",
    `the "${text}" directive is obsolete, use the "${instead[text] ?? "large_client_header_buffers"}" directive instead`,
    statement.end,
  );
  return statement.words[0]!.text;
}
