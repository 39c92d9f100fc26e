import type { LogTarget } from "../../config/haproxy/model/index.js";

/** `sample 1,3-5:10`: of every ten lines the first, and the third to the fifth. Counted from the first line on. */
export class Sampling {
  readonly #wanted: boolean[];
  #next = 0;

  constructor({ ranges, size }: NonNullable<LogTarget["sample"]>) {
    this.#wanted = Array.from({ length: size }, (_, at) =>
      ranges.some(({ from, to }) => at + 1 >= from && at + 1 <= to),
    );
  }

  /** Whether the line that comes now is one of them. */
  take(): boolean {
    const wanted = this.#wanted[this.#next] === true;
    this.#next = (this.#next + 1) % this.#wanted.length;
    return wanted;
  }
}
