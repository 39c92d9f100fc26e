import type { Block } from "../block.js";
import { duplicate, invalid, ofDirective } from "../mistake.js";
import type { AddedHeader, Template } from "../model/index.js";
import type { Statement, Word } from "../statement.js";
import { parseSeconds } from "../values/time.js";

/** `add_header NAME VALUE [always]`, `add_trailer`. */
export function readAddedHeader(
  statement: Statement,
  _block: Block,
  before: readonly AddedHeader[] | undefined,
): readonly AddedHeader[] {
  const [name, value, always] = statement.words as readonly [Word, Word, Word?];
  if (always !== undefined && always.text !== "always") throw invalid("parameter", always);
  return [
    ...(before ?? []),
    {
      name: name.text,
      value: { text: value.text, place: value.place },
      always: always !== undefined,
    },
  ];
}

/** `expires [modified] TIME | epoch | max | off`. */
export type Expires =
  | { readonly kind: "off" | "epoch" | "max" }
  | { readonly kind: "access" | "modified" | "daily"; readonly seconds: number }
  | { readonly kind: "template"; readonly modified: boolean; readonly value: Template };

export function readExpires(statement: Statement, _block: Block, before: Expires | undefined): Expires {
  if (before !== undefined) throw duplicate(statement);
  const [first, second] = statement.words as readonly [Word, Word?];
  const fail = (words: string, word: Word) => ofDirective(statement, words, { code: "invalid-value", word });
  if (second !== undefined && first.text !== "modified") throw fail("invalid value", first);
  const word = second ?? first;
  const modified = second !== undefined;
  if (word.text.includes("$"))
    return { kind: "template", modified, value: { text: word.text, place: word.place } };
  const parsed = parseExpires(word.text, modified);
  if (typeof parsed === "string") throw fail(parsed, word);
  return parsed;
}

/** The words of `expires`, also once variables have their values; a text is what is wrong with it. */
export function parseExpires(text: string, modified: boolean): Expires | string {
  if (!modified && (text === "epoch" || text === "max" || text === "off")) return { kind: text };
  const daily = text.startsWith("@");
  if (daily && modified) return 'daily time cannot be used with "modified" parameter';
  const seconds = parseSeconds(/^[@+-]/.test(text) ? text.slice(1) : text);
  if (seconds === undefined) return "invalid value";
  if (daily && seconds > 86400) return "daily time value must be less than 24 hours";
  const kind = daily ? "daily" : modified ? "modified" : "access";
  return { kind, seconds: text.startsWith("-") ? -seconds : seconds };
}
