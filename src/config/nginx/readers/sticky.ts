import type { Block } from "../block.js";
import { duplicate, invalid, Mistake } from "../mistake.js";
import type { Sticky, Template } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { parseSize } from "../values/numbers.js";
import { parseMilliseconds, parseSeconds } from "../values/time.js";
import { smallestZone } from "./upstream.js";

/** `sticky cookie|route|learn …`, as NGINX Plus documents it (ngx_http_upstream_module). */
export function readSticky(
  statement: Statement,
  _block: Block,
  before: Sticky | undefined,
  reading: Reading,
): Sticky {
  if (before !== undefined) throw duplicate(statement);
  const [kind, ...rest] = statement.words as readonly [Word, ...Word[]];
  if (kind.text === "cookie") return readCookie(rest, kind);
  if (kind.text === "route") return readRoutes(rest);
  if (kind.text === "learn") return readLearn(rest, statement, reading);
  throw invalid("parameter", kind, { remedy: "Say cookie, route or learn." });
}

const template = (word: Word, text: string): Template => ({ text, place: word.place });
const option = (word: Word): readonly [name: string, value: string | undefined] => {
  const [, name, value] = /^([a-z]+)=(.*)$/s.exec(word.text) ?? [];
  return name === undefined ? [word.text, undefined] : [name, value];
};

function readCookie(words: readonly Word[], kind: Word): Sticky {
  const [name, ...options] = words;
  if (name === undefined || name.text === "")
    throw new Mistake("sticky cookie needs a name", { code: "missing-parameter", word: kind });
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
  for (const word of options) {
    const [key, value] = option(word);
    if (key === "httponly" && value === undefined) cookie.httpOnly = true;
    else if (key === "secure" && value === undefined) cookie.secure = true;
    else if (value === undefined) throw invalid("parameter", word);
    else if (key === "expires") {
      cookie.expires = value === "max" ? "max" : parseSeconds(value);
      if (cookie.expires === undefined) throw invalid("parameter", word);
    } else if (key === "domain") cookie.domain = template(word, value);
    else if (key === "path") cookie.path = template(word, value);
    else if (key === "samesite") cookie.sameSite = template(word, value);
    else throw invalid("parameter", word);
  }
  return cookie;
}

function readRoutes(words: readonly Word[]): Sticky {
  for (const word of words) if (!word.text.startsWith("$")) throw invalid("variable name", word);
  return { kind: "route", routes: words.map((word) => template(word, word.text)) };
}

function readLearn(words: readonly Word[], statement: Statement, reading: Reading): Sticky {
  const create: Template[] = [];
  const lookup: Template[] = [];
  let [zone, zoneSize, timeoutMs, header] = ["", 0, 600_000, false];
  for (const word of words) {
    const [key, value] = option(word);
    if (key === "header" && value === undefined) header = true;
    else if (value === undefined) throw invalid("parameter", word);
    else if (key === "create") create.push(template(word, value));
    else if (key === "lookup") lookup.push(template(word, value));
    else if (key === "timeout") {
      const time = parseMilliseconds(value);
      if (time === undefined) throw invalid("parameter", word);
      timeoutMs = time;
    } else if (key === "zone") {
      const [name = "", bytes = ""] = value.split(":");
      const size = parseSize(bytes);
      if (name === "" || size === undefined) throw invalid("zone size", word);
      if (size < smallestZone)
        throw new Mistake(`zone "${word.text}" is too small`, { code: "zone-too-small", word });
      [zone, zoneSize] = [name, size];
    } else throw invalid("parameter", word);
  }
  const missing =
    zone === "" ? "zone" : create.length === 0 ? "create" : lookup.length === 0 ? "lookup" : undefined;
  if (missing !== undefined)
    throw new Mistake(`"sticky learn" must have "${missing}" parameter`, {
      code: "missing-parameter",
      word: statement.name,
    });
  reading.zone(zone, zoneSize, "sticky", statement);
  return { kind: "learn", create, lookup, zone, zoneSize, timeoutMs, header };
}
