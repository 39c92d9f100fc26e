import type { LogFile } from "./log-file.js";
import { errorTime } from "./times.js";

export const levels = ["emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"] as const;
export type Level = (typeof levels)[number];

/** Where sentences of the error log go: a file, or the standard error. */
export type ErrorSink = Pick<LogFile, "write"> | { write(text: string): unknown };

/**
 * An error log: what is at least as bad as its level (ngx_log_error_core). A line is
 * `TIME [LEVEL] PID#TID: *CONNECTION SENTENCE, CONTEXT`.
 */
export class ErrorLog {
  readonly #sinks: readonly { readonly sink: ErrorSink; readonly least: number }[];
  readonly #pid = process.pid;

  constructor(targets: readonly { readonly sink: ErrorSink; readonly level: Level }[]) {
    this.#sinks = targets.map(({ sink, level }) => ({ sink, least: levels.indexOf(level) }));
  }

  /** @param connection its number @param context ", client: …, server: …" */
  write(level: Level, sentence: string, connection?: number, context = ""): void {
    const rank = levels.indexOf(level);
    let line: string | undefined;
    for (const { sink, least } of this.#sinks) {
      if (rank > least) continue;
      line ??=
        `${errorTime(new Date())} [${level}] ${this.#pid}#${this.#pid}: ` +
        `${connection === undefined ? "" : `*${connection} `}${printable(sentence)}${printable(context)}\n`;
      sink.write(line);
    }
  }
}

/** A line is one line, whatever a client sent. */
function printable(text: string): string {
  let made = "";
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    made +=
      code < 0x20 || code === 0x7f ? `\\x${code.toString(16).toUpperCase().padStart(2, "0")}` : text[at];
  }
  return made;
}
