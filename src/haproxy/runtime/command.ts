import type { RuntimeHost } from "../run/index.js";
import type { ProcessGauges } from "../stats/index.js";

/** What a socket's level allows; each has what those before it have. */
export type Level = "user" | "operator" | "admin";

/** What a client may switch on for itself (`expert-mode on`). */
export type Mode = "expert" | "experimental" | "mcli-debug";

/** A command of the runtime socket. */
export interface Command {
  /** Those that it begins with: "show", "servers", "state". */
  readonly words: readonly string[];
  /** Its line in `help`; undefined: it isn't listed. */
  readonly usage: string | undefined;
  /** The least level that may give it; "user" by itself. Some look closer themselves. */
  readonly level?: Level;
  /** Only after `expert-mode on` or `experimental-mode on`. */
  readonly mode?: "expert" | "experimental";
  /** On the master's socket too, or only there. */
  readonly master?: "also" | "only";
  run(call: CommandCall): Reply | Promise<Reply>;
}

/** A command as it was given. */
export interface CommandCall {
  /** All its words; `word` gives "" for those beyond the end. */
  readonly words: readonly string[];
  word(at: number): string;
  /** What came after `<<`. */
  readonly payload: string | undefined;
  readonly session: SessionState;
  readonly host: RuntimeHost;
  readonly gauges: ProcessGauges;
  has(level: Level): boolean;
}

/** What is remembered between the commands of a connection. */
export interface SessionState {
  level: Level;
  isIn(mode: Mode): boolean;
  setMode(mode: Mode, on: boolean): void;
  severity: "none" | "number" | "string";
  prompt: boolean;
  timeoutMs: number;
  /** No empty line after this command's answer. */
  noLineFeed: boolean;
  quit(): void;
  help(words: readonly string[]): string;
  readonly master: boolean;
  /** For `show sess`, and to pass descriptors. */
  readonly describe: () => ConnectionNote;
}

export interface ConnectionNote {
  readonly id: number;
  readonly source: string; // "unix:1", "127.0.0.1:4711"
  readonly protocol: string; // "unix_stream", "tcpv4"
  readonly since: number; // wall clock, ms
  readonly descriptor: number | undefined;
  /** `expose-fd listeners` of its bind line. */
  readonly exposesListeners?: boolean;
}

/**
 * A command's answer: text as it is; a message, before which its severity is written where that was asked for; pieces that are
 * made while they are sent; or lines that go on until the client sends something.
 */
export type Reply =
  | string
  | undefined
  | Message
  | { readonly pieces: Iterable<string> | AsyncIterable<string> }
  | { readonly follow: (write: (text: string) => void) => () => void };

export interface Message {
  readonly severity: number; // syslog's
  readonly text: string;
}

export const failure = (text: string): Message => ({ severity: 3, text });
export const warning = (text: string): Message => ({ severity: 4, text });
export const notice = (text: string): Message => ({ severity: 5, text });
export const information = (text: string): Message => ({ severity: 6, text });
export const permissionDenied = failure("Permission denied\n");

export const levelRank: Readonly<Record<Level, number>> = { user: 1, operator: 2, admin: 3 };

/** C's atoi: the number that a text begins with, else 0. */
export function leadingInteger(text: string): number {
  const found = /^\s*[+-]?\d+/.exec(text);
  return found === null ? 0 : Number(found[0]);
}
