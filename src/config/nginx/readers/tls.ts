import type { Block } from "../block.js";
import { openFailed } from "../grammar/read-file.js";
import { duplicate, invalid, Mistake } from "../mistake.js";
import type { Reading } from "../reading.js";
import type { Statement } from "../statement.js";
import { parseSize } from "../values/numbers.js";
import { smallestZone } from "./upstream.js";

/** `ssl_session_cache off | none | builtin[:N] | shared:NAME:SIZE`. */
export interface SessionCache {
  readonly kind: "off" | "none" | "builtin" | "shared";
  readonly name?: string;
  readonly size?: number;
}

export function readSessionCache(
  statement: Statement,
  _block: Block,
  _before: SessionCache | undefined,
  reading: Reading,
): SessionCache {
  let cache: SessionCache = { kind: "none" };
  for (const word of statement.words) {
    const { text } = word;
    const shared = /^shared:([^:]+):(.*)$/s.exec(text);
    if (text === "off" || text === "none") cache = { kind: text };
    else if (text === "builtin" || /^builtin:[0-9]+$/.test(text)) {
      if (cache.kind !== "shared") cache = { kind: "builtin" };
    } else if (shared) {
      const size = parseSize(shared[2]!);
      if (size === undefined) throw invalid("session cache", word);
      if (size < smallestZone)
        throw new Mistake(`session cache "${text}" is too small`, { code: "zone-too-small", word });
      reading.zone(shared[1]!, size, "ssl", statement);
      cache = { kind: "shared", name: shared[1]!, size };
    } else throw invalid("session cache", word);
  }
  return cache;
}

/** `ssl on | off`, which nginx gives up. */
export function readSslFlag(
  statement: Statement,
  _block: Block,
  before: boolean | undefined,
  reading: Reading,
): boolean {
  if (before !== undefined) throw duplicate(statement);
  const word = statement.words[0]!;
  const text = word.text.toLowerCase();
  if (text !== "on" && text !== "off")
    throw new Mistake(`invalid value "${word.text}" in "ssl" directive, it must be "on" or "off"`, {
      code: "invalid-value",
      word,
    });
  reading.warn(
    "deprecated",
    'the "ssl" directive is deprecated, use the "listen ... ssl" directive instead',
    statement.end,
  );
  return text === "on";
}

/** A file of passwords, one a line, whose path starts from the configuration's folder. */
export function readConfigPath(
  statement: Statement,
  _block: Block,
  before: string | undefined,
  reading: Reading,
): string {
  if (before !== undefined) throw duplicate(statement);
  const path = reading.fullName(statement.words[0]!.text, "conf");
  const answer = reading.world.readFile(Buffer.from(path, "latin1").toString());
  if ("reason" in answer)
    throw new Mistake(openFailed(path, answer.reason), { code: "file", word: statement.words[0]! });
  return path;
}
