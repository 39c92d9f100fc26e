import type { Block } from "../block.js";
import { duplicate, invalid, Mistake, ofDirective } from "../mistake.js";
import type { ErrorPage, Template } from "../model/index.js";
import type { Statement, Word } from "../statement.js";
import { parseNumber } from "../values/numbers.js";
import { parseMilliseconds, parseSeconds } from "../values/time.js";

const templateOf = (word: Word, text = word.text): Template => ({ text, place: word.place });

/** `error_page CODE… [=[ANSWER]] URI`. */
export function readErrorPage(
  statement: Statement,
  _block: Block,
  before: readonly ErrorPage[] | undefined,
): readonly ErrorPage[] {
  const { words } = statement;
  const target = words.at(-1)!;
  const said = words.at(-2)!;
  let answer: number | undefined;
  const overwrites = said.text.startsWith("=");
  if (overwrites) {
    if (words.length === 2) throw invalid("value", said);
    answer = said.text === "=" ? 0 : parseNumber(said.text.slice(1));
    if (answer === undefined) throw invalid("value", said);
  }
  const statuses = words.slice(0, overwrites ? -2 : -1).map(statusOf);
  return [...(before ?? []), { statuses, target: templateOf(target), answer }];
}

function statusOf(word: Word): number {
  const status = parseNumber(word.text);
  if (status === undefined || status === 499) throw invalid("value", word);
  if (status < 300 || status > 599)
    throw new Mistake(`value "${word.text}" must be between 300 and 599`, { code: "out-of-bounds", word });
  return status;
}

const methods = "GET HEAD POST PUT DELETE MKCOL COPY MOVE OPTIONS PROPFIND PROPPATCH LOCK UNLOCK PATCH".split(
  " ",
);

/** `limit_except METHOD… { … }`: methods that the block doesn't count for; GET includes HEAD. */
export function readLimitExcept(statement: Statement, block: Block): readonly string[] {
  if (block.all("limit_except").length > 0) throw duplicate(statement);
  const found = new Set<string>();
  for (const word of statement.words) {
    const method = word.text.toUpperCase();
    if (!methods.includes(method))
      throw invalid("method", word, { remedy: `Say some of ${methods.join(", ")}.` });
    found.add(method);
  }
  if (found.has("GET")) found.add("HEAD");
  return [...found];
}

/** `keepalive_timeout TIMEOUT [HEADER]`. */
export interface KeepaliveTimeout {
  readonly timeoutMs: number;
  /** Seconds of the "Keep-Alive" field; 0: none is sent. */
  readonly header: number;
}

export function readKeepaliveTimeout(
  statement: Statement,
  _block: Block,
  before: KeepaliveTimeout | undefined,
): KeepaliveTimeout {
  if (before !== undefined) throw duplicate(statement);
  const [timeout, header] = statement.words as readonly [Word, Word?];
  const timeoutMs = parseMilliseconds(timeout.text);
  const seconds = header === undefined ? 0 : parseSeconds(header.text);
  if (timeoutMs === undefined || seconds === undefined)
    throw ofDirective(statement, "invalid value", {
      code: "invalid-value",
      word: timeoutMs === undefined ? timeout : header!,
    });
  return { timeoutMs, header: seconds };
}

/** `mirror URI | off` and `auth_request URI | off`; "" by "off". */
export function readUriOrOff(statement: Statement, before: readonly string[] | undefined, several: boolean) {
  const word = statement.words[0]!;
  if (before !== undefined && (!several || word.text === "off" || before.length === 0))
    throw duplicate(statement);
  return word.text === "off" ? [] : [...(before ?? []), word.text];
}
