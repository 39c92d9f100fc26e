import type { Block } from "../block.js";
import { Mistake } from "../mistake.js";
import type { ServerName } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { checkRegex } from "./regex.js";

/** `server_name NAME…` (ngx_http_core_server_name). */
export function readServerNames(
  statement: Statement,
  _block: Block,
  before: readonly ServerName[] | undefined,
  reading: Reading,
): readonly ServerName[] {
  return [...(before ?? []), ...statement.words.map((word) => serverName(word, statement, reading))];
}

function serverName(word: Word, statement: Statement, reading: Reading): ServerName {
  const { text, place } = word;
  if ((text.startsWith("*") && (text.length < 3 || text[1] !== ".")) || text === ".")
    throw new Mistake(`server name "${text}" is invalid`, { code: "invalid-server-name", word });
  if (text.includes("/"))
    reading.warn("suspicious-server-name", `server name "${text}" has suspicious symbols`, statement.end);
  if (text.startsWith("~")) {
    if (text === "~")
      throw new Mistake(`empty regex in server name "${text}"`, { code: "invalid-server-name", word });
    checkRegex(text.slice(1), word);
    return { kind: "regex", name: text.slice(1), place };
  }
  const name = text.toLowerCase() === "$hostname" ? reading.world.hostName() : text;
  const wildcard = name.startsWith(".") || name.startsWith("*.") || name.endsWith(".*");
  return { kind: wildcard ? "wildcard" : "exact", name: name.toLowerCase(), place };
}
