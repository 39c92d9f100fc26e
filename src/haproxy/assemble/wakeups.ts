import type { SharedMemory } from "../../proxy/index.js";

type WaitAsync = (
  array: Int32Array,
  index: number,
  value: number,
) => { readonly async: false } | { readonly async: true; readonly value: Promise<string> };

/**
 * Tells the other threads that a place has become free, where one of them waits for it. A thread that waits for nothing costs those that
 * free places one load.
 */
export class Wakeups {
  readonly #state: Int32Array; // how many threads wait; how often somebody was to be woken
  readonly #several: boolean;
  #waits = false;
  #work: () => void = () => {};

  constructor(memory: SharedMemory, name: string) {
    this.#state = memory.int32(`wakeups ${name}`, 2);
    this.#several = memory.workers > 1;
  }

  onWake(work: () => void): void {
    this.#work = work;
  }

  get waits(): boolean {
    return this.#waits;
  }

  set waits(on: boolean) {
    if (on === this.#waits) return;
    this.#waits = on;
    if (!this.#several) return;
    Atomics.add(this.#state, 0, on ? 1 : -1);
    if (on) this.#listen();
  }

  wakeOthers(): void {
    if (!this.#several || Atomics.load(this.#state, 0) === 0) return;
    Atomics.add(this.#state, 1, 1);
    Atomics.notify(this.#state, 1);
  }

  #listen(): void {
    const { waitAsync } = Atomics as unknown as { waitAsync?: WaitAsync };
    const seen = Atomics.load(this.#state, 1);
    const wait = waitAsync?.(this.#state, 1, seen);
    if (wait?.async !== true) return; // Its own timer looks again.
    void wait.value.then(() => {
      if (!this.#waits) return;
      this.#work();
      if (this.#waits) this.#listen();
    });
  }
}
