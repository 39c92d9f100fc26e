import type { Block } from "../block.js";
import { Mistake } from "../mistake.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { parseSize } from "../values/numbers.js";
import { readSyslog } from "./syslog.js";

/** `error_log FILE [LEVEL]`. */
export interface ErrorLog {
  readonly target:
    | { readonly kind: "file"; readonly path: string }
    | { readonly kind: "stderr" }
    | { readonly kind: "memory"; readonly size: number }
    | ({ readonly kind: "syslog" } & ReturnType<typeof readSyslog>);
  readonly level: string;
}

const levels = ["emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"];

const debugLevels = /^debug_(core|alloc|mutex|event|http|mail|stream)$/;

export function readErrorLog(
  statement: Statement,
  _block: Block,
  before: readonly ErrorLog[] | undefined,
  reading: Reading,
): readonly ErrorLog[] {
  const [path, ...words] = statement.words as readonly [Word, ...Word[]];
  const target = errorTarget(path, reading);
  let level: string | undefined;
  for (const word of words) {
    const debug = debugLevels.test(word.text);
    if (levels.includes(word.text)) {
      if (level !== undefined)
        throw new Mistake(`duplicate log level "${word.text}"`, { code: "invalid-value", word });
      level = word.text;
    } else if (debug && (level === undefined || level === "debug")) level = "debug";
    else
      throw new Mistake(`invalid log level "${word.text}"`, {
        code: "invalid-value",
        word,
        remedy: `Say ${levels.join(", ")}.`,
      });
  }
  return [...(before ?? []), { target, level: level ?? "error" }];
}

function errorTarget(word: Word, reading: Reading): ErrorLog["target"] {
  if (word.text === "stderr") return { kind: "stderr" };
  if (word.text.startsWith("memory:")) {
    const size = parseSize(word.text.slice(7));
    if (size === undefined)
      throw new Mistake(`invalid buffer size "${word.text.slice(7)}"`, { code: "invalid-value", word });
    return { kind: "memory", size };
  }
  if (word.text.startsWith("syslog:")) return { kind: "syslog", ...readSyslog(word.text.slice(7), word) };
  return { kind: "file", path: reading.fullName(word.text) };
}
