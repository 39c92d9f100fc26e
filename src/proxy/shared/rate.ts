import type { SharedMemory } from "./shared-memory.js";

/**
 * Events in the last period, sliding: what came in the current period, and of the one before the part that is still within
 * (freq_ctr.h, read_freq_ctr_period). One row a thread; `read` sums up.
 */
export class Rate {
  readonly #rows: Float64Array; // by thread: start of the period, events in it, events in the one before
  readonly #own: number;
  readonly #offset: number;
  readonly periodMs: number;

  constructor(memory: SharedMemory, name: string, periodMs = 1000) {
    this.#rows = memory.float64(`rate ${name}`, 8 * memory.workers);
    this.#own = 8 * memory.worker;
    this.#offset = memory.clockOffset;
    this.periodMs = periodMs;
  }

  /** Counts events at a time (performance.now(), not before any earlier one), and gives this thread's own current count. */
  add(at: number, amount = 1): number {
    const now = at + this.#offset;
    const rows = this.#rows;
    const own = this.#own;
    const start = now - (now % this.periodMs);
    if (rows[own] !== start) {
      rows[own + 2] = rows[own] === start - this.periodMs ? (rows[own + 1] as number) : 0;
      rows[own + 1] = 0;
      rows[own] = start;
    }
    const count = (rows[own + 1] as number) + amount;
    rows[own + 1] = count;
    return count;
  }

  read(time: number): number {
    return Math.floor(this.exact(time));
  }

  /** The same, not rounded: of few events a share is taken. */
  exact(time: number): number {
    const now = time + this.#offset;
    const start = now - (now % this.periodMs);
    let current = 0;
    let before = 0;
    for (let at = 0; at < this.#rows.length; at += 8) {
      if (this.#rows[at] === start) {
        current += this.#rows[at + 1] as number;
        before += this.#rows[at + 2] as number;
      } else if (this.#rows[at] === start - this.periodMs) before += this.#rows[at + 1] as number;
    }
    return current + (before * (this.periodMs - (now - start))) / this.periodMs;
  }
}

/** A number that is exact over all threads, such as how many connections there are now. */
export class SharedCount {
  readonly #value: Int32Array;

  constructor(memory: SharedMemory, name: string) {
    this.#value = memory.int32(`count ${name}`, 1);
  }

  get value(): number {
    return Atomics.load(this.#value, 0);
  }

  set value(to: number) {
    Atomics.store(this.#value, 0, to);
  }

  /** Adds, and gives what it is then. */
  add(amount: number): number {
    return Atomics.add(this.#value, 0, amount) + amount;
  }

  /** Takes one more unless there are `limit` already (0: no limit). */
  takeBelow(limit: number): boolean {
    for (;;) {
      const value = Atomics.load(this.#value, 0);
      if (limit > 0 && value >= limit) return false;
      if (Atomics.compareExchange(this.#value, 0, value, value + 1) === value) return true;
    }
  }
}
