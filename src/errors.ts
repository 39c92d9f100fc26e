/**
 * Every error that a person may see has a stable code, an exit status, and says what to do.
 *
 * `code` is lower-case words joined by hyphens ("no-root"), never reused for another meaning.
 * `exitStatus` is what the process ends with when nobody catches it.
 * `remedy` is one sentence that tells what would help; it is printed on a line of its own.
 */
export class RondoError extends Error {
  readonly code: string;
  readonly exitStatus: number;
  readonly remedy: string | undefined;

  constructor(
    code: string,
    message: string,
    options: { exitStatus?: number; remedy?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "RondoError";
    this.code = code;
    this.exitStatus = options.exitStatus ?? 1;
    this.remedy = options.remedy;
  }
}

/** What writes a log: a level, a sentence, and values that a program can read. */
export interface Log {
  debug(message: string, values?: Readonly<Record<string, unknown>>): void;
  info(message: string, values?: Readonly<Record<string, unknown>>): void;
  warn(message: string, values?: Readonly<Record<string, unknown>>): void;
  error(message: string, values?: Readonly<Record<string, unknown>>): void;
}

/** The log of who wants none. */
export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
