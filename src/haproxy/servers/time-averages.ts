import type { SharedMemory } from "../../proxy/index.js";
import type { TimeAverages } from "../run/index.js";

/**
 * Sliding means over some 512 streams (swrate_add of freq_ctr.h): each new value takes a 512th of the sum's place. A row a thread; the
 * mean over the rows is weighted by how many values each has seen, up to the window.
 */
export class SlidingTimes implements TimeAverages {
  readonly #rows: Float64Array;
  readonly #own: number;
  readonly #window: number;

  constructor(memory: SharedMemory, name: string, window = 512) {
    this.#rows = memory.float64(`times ${name}`, 8 * memory.workers);
    this.#own = 8 * memory.worker;
    this.#window = window;
  }

  record(queue: number, connect: number, response: number, total: number): void {
    const rows = this.#rows;
    const at = this.#own;
    [queue, connect, response, total].forEach((value, which) => {
      const sum = rows[at + which] as number;
      rows[at + which] = sum - Math.floor((sum + this.#window - 1) / this.#window) + Math.max(0, value);
    });
    rows[at + 4] = (rows[at + 4] as number) + 1;
  }

  get queue(): number {
    return this.#mean(0);
  }
  get connect(): number {
    return this.#mean(1);
  }
  get response(): number {
    return this.#mean(2);
  }
  get total(): number {
    return this.#mean(3);
  }

  #mean(which: number): number {
    let sum = 0;
    let rows = 0;
    for (let at = 0; at < this.#rows.length; at += 8) {
      const count = this.#rows[at + 4] as number;
      if (count === 0) continue;
      // As HAProxy shows it: the whole window, also while it isn't full.
      const share = Math.min(count, this.#window);
      sum += (this.#rows[at + which] as number) * share;
      rows += share;
    }
    return rows === 0 ? 0 : Math.floor((sum / rows + this.#window - 1) / this.#window);
  }
}
