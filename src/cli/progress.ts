import type { CommandIo } from "./command-io.js";

/** Seldom enough for a file that people read later. */
const quiet = 5000;

/** Tells how far something is: on a terminal by one line that changes, elsewhere by a line now and then. */
export class Progress {
  readonly #io: CommandIo;
  #shown = false;
  #last = "";
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(io: CommandIo) {
    this.#io = io;
  }

  /** How it stands now; `fact` is what makes a line worth telling again where nothing can be overwritten. */
  update(line: string, fact: string): void {
    if (this.#io.stdout.isTTY) {
      this.#io.stdout.write(`\r\x1b[K${line}`);
      this.#shown = true;
      return;
    }
    const now = this.#io.now();
    if (fact === this.#last || now - this.#lastAt < quiet) return;
    this.#last = fact;
    this.#lastAt = now;
    this.#io.stdout.write(`${line}\n`);
  }

  /** A line that stays. */
  say(line: string): void {
    this.clear();
    this.#io.stdout.write(`${line}\n`);
    this.#lastAt = this.#io.now();
  }

  /** Takes the changing line away. */
  clear(): void {
    if (this.#shown) this.#io.stdout.write("\r\x1b[K");
    this.#shown = false;
  }
}
