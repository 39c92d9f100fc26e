import type { Context, Definition } from "../../definition.js";
import type { Template } from "../../model/index.js";
import type { Word } from "../../statement.js";
import { type Also, custom, many, once, type Read } from "./custom.js";

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
