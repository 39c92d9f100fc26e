import type { Context, Definition } from "../../definition.js";
import { duplicate } from "../../mistake.js";
import type { Reading } from "../../reading.js";
import type { Statement } from "../../statement.js";

/** What a definition may say beside its name, contexts and value. */
export interface Also<T> {
  readonly words?: readonly [least: number, most: number];
  readonly status?: Definition<T>["status"];
  readonly note?: string;
  readonly form?: string;
  /** What is wrong with a value that could be read, in nginx's words. */
  readonly check?: (value: T, statement: Statement, reading: Reading) => void;
}

export type Read<T> = Definition<T>["read"];

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
export function once<T>(
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

/** As many words as the line has. */
export const many = Number.POSITIVE_INFINITY;
