import type { ErrorLog, Level } from "../../nginx/log/error-log.js";
import { standardError } from "./error-logs.js";

const worst: ReadonlySet<Level> = new Set(["emerg", "alert", "crit", "error", "warn"]);

/**
 * What a process of nginx tells: to its error log, and while it starts what is at least a warning to the terminal, too
 * (ngx_use_stderr).
 */
export class Journal {
  #log: ErrorLog | undefined;
  #isOnTerminal = false;
  starting: boolean;

  constructor(starting = true) {
    this.starting = starting;
  }

  /** From now on it goes there. @param isOnTerminal - it is standard error: nothing is said twice */
  goTo(log: ErrorLog | undefined, isOnTerminal: boolean): void {
    this.#log = log;
    this.#isOnTerminal = isOnTerminal;
  }

  write(level: Level, sentence: string): void {
    this.#log?.write(level, sentence);
    if (this.starting && !this.#isOnTerminal && worst.has(level))
      standardError.write(`nginx: [${level}] ${sentence}\n`);
  }

  notice(sentence: string): void {
    this.write("notice", sentence);
  }
}
