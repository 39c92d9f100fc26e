import type { SharedMemory } from "../../proxy/index.js";

/**
 * A lock over all threads that its own thread may take again while it has it. What is given to `afterwards` runs when it has been
 * released: log lines, and whatever else takes its time.
 */
export class StateLock {
  readonly #word: Int32Array;
  #depth = 0;
  #afterwards: (() => void)[] = [];

  constructor(memory: SharedMemory, name: string) {
    this.#word = memory.int32(`lock ${name}`, 16);
  }

  hold<T>(work: () => T): T {
    if (this.#depth === 0) while (Atomics.compareExchange(this.#word, 0, 0, 1) !== 0);
    this.#depth++;
    try {
      return work();
    } finally {
      if (--this.#depth === 0) {
        Atomics.store(this.#word, 0, 0);
        this.#flush();
      }
    }
  }

  afterwards(work: () => void): void {
    if (this.#depth === 0) work();
    else this.#afterwards.push(work);
  }

  #flush(): void {
    while (this.#depth === 0 && this.#afterwards.length > 0) {
      const works = this.#afterwards;
      this.#afterwards = [];
      for (const work of works) work();
    }
  }
}
