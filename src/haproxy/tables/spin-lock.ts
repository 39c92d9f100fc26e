/** 0 is free, 1 taken, 2 taken with somebody who sleeps until it is free. */
const state = { free: 0, taken: 1, awaited: 2 } as const;

/** So often it is looked at before one sleeps. */
const spins = 100;

/** A lock of shared memory, held for microseconds. Who doesn't get it soon sleeps until it is free, for the case that its holder lost the processor. */
export class SpinLock {
  readonly #words: Int32Array;
  readonly #at: number;

  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  take(): void {
    for (let tries = 0; tries < spins; tries++)
      if (Atomics.compareExchange(this.#words, this.#at, state.free, state.taken) === state.free) return;
    while (Atomics.exchange(this.#words, this.#at, state.awaited) !== state.free)
      Atomics.wait(this.#words, this.#at, state.awaited, 10);
  }

  free(): void {
    if (Atomics.exchange(this.#words, this.#at, state.free) === state.awaited)
      Atomics.notify(this.#words, this.#at, 1);
  }
}
