import type { Block } from "../block.js";
import { duplicate, Mistake, ofDirective } from "../mistake.js";
import type { Sticky, Template } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { parseSize } from "../values/numbers.js";
import { parseMilliseconds, parseSeconds } from "../values/time.js";
import { smallestZone } from "./upstream.js";

/** `sticky cookie|route|learn …` (ngx_http_upstream_sticky_module). */
export function readSticky(
  statement: Statement,
  _block: Block,
  before: Sticky | undefined,
  reading: Reading,
): Sticky {
  if (before !== undefined) throw duplicate(statement);
  const [kind, ...rest] = statement.words as readonly [Word, ...Word[]];
  if (kind.text === "cookie") return readCookie(rest, statement);
  if (kind.text === "route") return readRoutes(rest);
  if (kind.text === "learn") return readLearn(rest, statement, reading);
  throw unknown(kind, "Say cookie, route or learn.");
}

const unknown = (word: Word, remedy?: string) =>
  new Mistake(`unknown parameter "${word.text}"`, {
    code: "invalid-value",
    word,
    ...(remedy !== undefined && { remedy }),
  });

const template = (word: Word, text: string): Template => ({ text, place: word.place });
const option = (word: Word): readonly [name: string, value: string | undefined] => {
  const [, name, value] = /^([a-z]+)=(.*)$/s.exec(word.text) ?? [];
  return name === undefined ? [word.text, undefined] : [name, value];
};

/** Says `"sticky" directive WORDS` of the word that is wrong. */
type Fail = (words: string, word: Word) => Mistake;

const failOf =
  (statement: Statement): Fail =>
  (words, word) =>
    ofDirective(statement, words, { code: "invalid-value", word });

const flags = { httponly: "httpOnly", secure: "secure" } as const;

function readCookie(words: readonly Word[], statement: Statement): Sticky {
  const fail = failOf(statement);
  const [name, ...options] = words as readonly [Word, ...Word[]];
  if (name.text === "") throw fail("empty cookie name", name);
  const cookie = {
    kind: "cookie" as const,
    name: name.text,
    expires: undefined as number | "max" | undefined,
    domain: undefined as Template | undefined,
    path: undefined as Template | undefined,
    httpOnly: false,
    secure: false,
    sameSite: undefined as Template | undefined,
  };
  const seen = new Set<string>();
  for (const word of options) {
    const [key, value] = option(word);
    const isFlag = key in flags;
    if (isFlag !== (value === undefined) || !cookieOptions.has(key)) throw unknown(word);
    if (seen.has(key)) throw fail(`parameter "${key}" is duplicate`, word);
    seen.add(key);
    if (isFlag) cookie[flags[key as keyof typeof flags]] = true;
    else if (key === "expires") {
      cookie.expires = value === "max" ? "max" : parseSeconds(value as string);
      if (cookie.expires === undefined) throw fail('invalid "expires" parameter value', word);
    } else if (key === "samesite") {
      if (!value!.includes("$") && !/^(?:strict|lax|none)$/i.test(value!))
        throw fail('invalid "samesite" parameter value', word);
      cookie.sameSite = template(word, value!);
    } else {
      if (value === "") throw fail(`no value for "${key}"`, word);
      cookie[key as "domain" | "path"] = template(word, value!);
    }
  }
  return cookie;
}

const cookieOptions: ReadonlySet<string> = new Set([
  "domain",
  "path",
  "expires",
  "httponly",
  "secure",
  "samesite",
]);

function readRoutes(words: readonly Word[]): Sticky {
  for (const word of words)
    if (!word.text.startsWith("$"))
      throw new Mistake(`invalid variable name "${word.text}"`, { code: "invalid-value", word });
  return { kind: "route", routes: words.map((word) => template(word, word.text)) };
}

function readLearn(words: readonly Word[], statement: Statement, reading: Reading): Sticky {
  const fail = failOf(statement);
  const create: Template[] = [];
  const lookup: Template[] = [];
  let zone: { name: string; size: number } | undefined;
  let timeoutMs: number | undefined;
  let header = false;
  for (const word of words) {
    const [key, value] = option(word);
    if (key === "header" && value === undefined) header = true;
    else if (value === undefined) throw unknown(word);
    else if (key === "create" || key === "lookup") {
      if (!value.startsWith("$")) throw fail(`missing variable in the "${key}" parameter`, word);
      (key === "create" ? create : lookup).push(template(word, value));
    } else if (key === "timeout") {
      if (timeoutMs !== undefined) throw fail("duplicate timeout", word);
      timeoutMs = parseMilliseconds(value);
      if (!timeoutMs) throw fail("invalid timeout", word);
    } else if (key === "zone") {
      if (zone !== undefined) throw fail("duplicate zone", word);
      zone = zoneOf(value, word, fail);
    } else throw unknown(word);
  }
  const missing =
    lookup.length === 0 ? "lookup" : create.length === 0 ? "create" : zone === undefined ? "zone" : undefined;
  if (missing !== undefined || zone === undefined)
    throw fail(`"${missing}" parameter is not specified`, statement.name);
  reading.zone(zone.name, zone.size, "sticky", statement);
  return {
    kind: "learn",
    create,
    lookup,
    zone: zone.name,
    zoneSize: zone.size,
    timeoutMs: timeoutMs ?? 600_000,
    header,
  };
}

function zoneOf(value: string, word: Word, fail: Fail): { name: string; size: number } {
  const colon = value.indexOf(":");
  if (colon < 0) throw fail("zone size is not specified", word);
  const name = value.slice(0, colon);
  if (name === "") throw fail("zone name is not specified", word);
  const size = parseSize(value.slice(colon + 1));
  if (size === undefined) throw fail("invalid zone size", word);
  if (size < smallestZone) throw fail("zone is too small", word);
  return { name, size };
}
