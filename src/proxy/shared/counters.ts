import type { SharedMemory } from "./shared-memory.js";

/**
 * Counters of something (a front end, a server), one row for each thread: a thread adds to its own row without a lock, and who reads sums
 * up all rows. Maxima are kept by row too, so `total` of them is the largest.
 */
export class Counters<Name extends string> {
  readonly #index: ReadonlyMap<string, number>;
  readonly #maxima: ReadonlySet<string>;
  readonly #all: Float64Array;
  readonly #width: number;
  readonly #workers: number;
  readonly #own: number;

  constructor(names: readonly Name[], maxima: readonly Name[], memory: SharedMemory, name: string) {
    this.#index = new Map(names.map((each, at) => [each, at]));
    this.#maxima = new Set(maxima);
    this.#width = Math.ceil(names.length / 8) * 8; // rows of different threads share no cache line
    this.#workers = memory.workers;
    this.#own = memory.worker * this.#width;
    this.#all = memory.float64(`counters ${name}`, this.#width * memory.workers);
  }

  /** Where a counter of this thread stands; with `at`, for what counts often. */
  slot(name: Name): number {
    return this.#own + (this.#index.get(name) as number);
  }

  addAt(slot: number, amount: number): void {
    (this.#all as { [index: number]: number })[slot] = (this.#all[slot] as number) + amount;
  }

  add(name: Name, amount = 1): void {
    this.addAt(this.slot(name), amount);
  }

  /** Keeps the larger one. */
  atMost(name: Name, value: number): void {
    const slot = this.slot(name);
    if (value > (this.#all[slot] as number)) this.#all[slot] = value;
  }

  total(name: Name): number {
    const at = this.#index.get(name) as number;
    let total = 0;
    for (let row = 0; row < this.#workers; row++) {
      const value = this.#all[row * this.#width + at] as number;
      total = this.#maxima.has(name) ? Math.max(total, value) : total + value;
    }
    return total;
  }

  /** `clear counters all`; with `only` the maxima (`clear counters`). */
  clear(only?: "maxima"): void {
    for (const [name, at] of this.#index)
      if (only === undefined || this.#maxima.has(name))
        for (let row = 0; row < this.#workers; row++) this.#all[row * this.#width + at] = 0;
  }
}
