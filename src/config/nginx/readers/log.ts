import type { Block } from "../block.js";
import { Mistake } from "../mistake.js";
import type { AccessLog, LogFormat } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { parseNumber, parseSize } from "../values/numbers.js";
import { parseMilliseconds } from "../values/time.js";
import { readSyslog } from "./syslog.js";

/** nginx's own format. */
export const combined: LogFormat = {
  name: "combined",
  escape: "default",
  text: {
    text: '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"',
    place: { file: "", line: 0, column: 0 },
  },
};

/** `log_format NAME [escape=KIND] TEXT…`. */
export function readLogFormat(
  statement: Statement,
  _block: Block,
  before: readonly LogFormat[] = [],
): readonly LogFormat[] {
  const [name, ...rest] = statement.words as readonly [Word, ...Word[]];
  if (before.some((each) => each.name === name.text))
    throw new Mistake(`duplicate "log_format" name "${name.text}"`, {
      code: "duplicate-log-format",
      word: name,
    });
  const said = /^escape=(.*)$/s.exec(rest[0]!.text)?.[1];
  if (said !== undefined && said !== "default" && said !== "json" && said !== "none")
    throw new Mistake(`unknown log format escaping "${said}"`, {
      code: "invalid-value",
      word: rest[0]!,
      remedy: "Say default, json or none.",
    });
  const words = said === undefined ? rest : rest.slice(1);
  const text = words.map((word) => word.text).join("");
  checkVariables(text, words[0] ?? name);
  const place = (words[0] ?? name).place;
  return [...before, { name: name.text, escape: said ?? "default", text: { text, place } }];
}

function checkVariables(text: string, word: Word): void {
  for (let at = text.indexOf("$"); at >= 0; at = text.indexOf("$", at + 1)) {
    const braced = text[at + 1] === "{";
    const name = /^[A-Za-z0-9_]*/.exec(text.slice(at + (braced ? 2 : 1)))![0];
    if (braced && text[at + 2 + name.length] !== "}")
      throw new Mistake(`the closing bracket in "${name}" variable is missing`, {
        code: "invalid-format",
        word,
      });
    if (name === "")
      throw new Mistake(`invalid parameter "${text.slice(at)}"`, { code: "invalid-format", word });
  }
}

/** A log of requests; no logs by "off". `formats` are those known so far, of which stream has none of its own. */
export function readAccessLog(formats: (block: Block) => readonly LogFormat[], fallback: string | undefined) {
  return (
    statement: Statement,
    block: Block,
    before: readonly AccessLog[] | undefined,
    reading: Reading,
  ): readonly AccessLog[] => {
    const [path, format, ...options] = statement.words as readonly [Word, Word?, ...Word[]];
    if (path.text === "off") {
      if (format !== undefined)
        throw new Mistake(`invalid parameter "${format.text}"`, { code: "invalid-value", word: format });
      return [];
    }
    const target = targetOf(path, reading);
    const name = format?.text ?? fallback;
    if (name === undefined)
      throw new Mistake("log format is not specified", { code: "unknown-log-format", word: path });
    const known = [combined, ...formats(block)].find(
      (each) => each.name.toLowerCase() === name.toLowerCase(),
    );
    if (known === undefined || (fallback === undefined && known === combined))
      throw new Mistake(`unknown log format "${name}"`, { code: "unknown-log-format", word: format ?? path });
    const rest = logOptions(options);
    if (rest.flushMs !== undefined && rest.buffer === undefined)
      throw new Mistake(`no buffer is defined for access_log "${path.text}"`, {
        code: "no-buffer",
        word: path,
      });
    if (rest.buffer !== undefined && target.kind === "file" && target.path.text.includes("$"))
      throw new Mistake("buffered logs cannot have variables in name", { code: "buffered-log", word: path });
    if (rest.buffer !== undefined && target.kind === "syslog")
      throw new Mistake("logs to syslog cannot be buffered", { code: "buffered-log", word: path });
    return [...(before ?? []), { target, format: known.name, ...rest, place: statement.name.place }];
  };
}

function targetOf(word: Word, reading: Reading): AccessLog["target"] {
  if (word.text.startsWith("syslog:")) return { kind: "syslog", ...readSyslog(word.text.slice(7), word) };
  return { kind: "file", path: { text: reading.fullName(word.text), place: word.place } };
}

type LogOptions = Pick<AccessLog, "buffer" | "gzip" | "flushMs" | "condition">;

function logOptions(words: readonly Word[]): LogOptions {
  const found: { -readonly [K in keyof LogOptions]: LogOptions[K] } = {
    buffer: undefined,
    gzip: undefined,
    flushMs: undefined,
    condition: undefined,
  };
  const wrong = (what: string, value: string, word: Word) =>
    new Mistake(`invalid ${what} "${value}"`, { code: "invalid-value", word });
  for (const word of words) {
    const [, name = word.text, value] = /^([a-z]+)=(.*)$/s.exec(word.text) ?? [];
    if (name === "buffer" && value !== undefined) {
      found.buffer = parseSize(value) || undefined;
      if (found.buffer === undefined) throw wrong("buffer size", value, word);
    } else if (name === "flush" && value !== undefined) {
      found.flushMs = parseMilliseconds(value) || undefined;
      if (found.flushMs === undefined) throw wrong("flush time", value, word);
    } else if (name === "gzip") {
      found.buffer ??= 64 * 1024;
      found.gzip = value === undefined ? 1 : parseNumber(value);
      if (found.gzip === undefined || found.gzip < 1 || found.gzip > 9)
        throw wrong("compression level", value ?? "", word);
    } else if (name === "if" && value !== undefined) found.condition = { text: value, place: word.place };
    else throw wrong("parameter", word.text, word);
  }
  return found;
}
