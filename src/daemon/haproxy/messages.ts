import { writeSync } from "node:fs";

export type MessageKind = "NOTICE" | "WARNING" | "ALERT" | "DIAG";

/** How loud it is, by -q, -V and -D. */
export interface MessageMode {
  quiet: boolean;
  verbose: boolean;
}

/**
 * What a process says on standard error, in HAProxy's form (errors.c):
 *
 *     [ALERT]    (1234) : config : parsing [a.cfg:3] : …
 *
 * While it starts, the first alert or warning is preceded by who it is.
 */
export class Messages {
  readonly mode: MessageMode = { quiet: false, verbose: false };
  /** Until the process runs: quiet holds only so long, and messages are kept for `show startup-logs`. */
  starting = true;
  /** Before each, "config : " while files are read. */
  context = "";
  warned = false;
  readonly startupLog: string[] = [];
  readonly #identity: readonly string[];
  readonly #write: (text: string) => void;
  #introduced = false;

  constructor(identity: readonly string[], write: (text: string) => void = toStandardError) {
    this.#identity = identity;
    this.#write = write;
  }

  notice(text: string): void {
    if (this.#isAudible()) this.#print("NOTICE", text);
  }

  warning(text: string): void {
    this.warned = true;
    if (!this.#isAudible()) return;
    this.#introduce();
    this.#print("WARNING", text);
  }

  alert(text: string): void {
    if (!this.#isAudible()) return;
    this.#introduce();
    this.#print("ALERT", text);
  }

  diag(text: string): void {
    this.#print("DIAG", text);
  }

  #isAudible(): boolean {
    return !this.mode.quiet || this.mode.verbose || !this.starting;
  }

  #introduce(): void {
    if (this.#introduced || !this.starting) return;
    this.#introduced = true;
    const { context } = this;
    this.context = "";
    for (const line of this.#identity) this.#print("NOTICE", line);
    this.context = context;
  }

  #print(kind: MessageKind, text: string): void {
    const line = `${`[${kind}]`.padEnd(10)} (${process.pid}) : ${this.context}${text.replace(/\n$/, "")}\n`;
    if (this.starting) this.startupLog.push(line);
    this.#write(line);
  }
}

/** Straight to the descriptor: a terminal that is gone, or a full pipe, is no reason to fail. */
function toStandardError(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads it.
  }
}
