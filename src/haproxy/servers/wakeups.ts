import type { SharedMemory } from "../../proxy/index.js";

/** Not in TypeScript's library of our target; Node 20 has it. */
type WaitAsync = (
  array: Int32Array,
  index: number,
  value: number,
) => { readonly async: false } | { readonly async: true; readonly value: Promise<string> };
const { waitAsync } = Atomics as unknown as { waitAsync: WaitAsync };

/**
 * Wakes other threads. Each has a word that is counted up; it waits for that with Atomics.waitAsync, which needs no message port and
 * wakes its event loop.
 */
export class Wakeups {
  readonly #words: Int32Array;
  readonly #own: number;
  readonly #workers: number;
  #stopped = false;

  constructor(memory: SharedMemory, name: string) {
    this.#words = memory.int32(`wake ${name}`, 16 * memory.workers);
    this.#own = memory.worker;
    this.#workers = memory.workers;
  }

  /** `onWake` is called soon after a `wake` of this thread by another, once for several. */
  listen(onWake: () => void): void {
    if (this.#workers === 1) return;
    const at = 16 * this.#own;
    const wait = (seen: number) => {
      if (this.#stopped) return;
      const waiting = waitAsync(this.#words, at, seen);
      const woken = () => {
        if (this.#stopped) return;
        const now = Atomics.load(this.#words, at);
        onWake();
        wait(now);
      };
      if (waiting.async) void waiting.value.then(woken);
      else queueMicrotask(woken);
    };
    wait(Atomics.load(this.#words, at));
    // What was asked before this thread listened.
    queueMicrotask(onWake);
  }

  wake(worker: number): void {
    if (worker === this.#own) return;
    Atomics.add(this.#words, 16 * worker, 1);
    Atomics.notify(this.#words, 16 * worker);
  }

  wakeAll(): void {
    for (let worker = 0; worker < this.#workers; worker++) this.wake(worker);
  }

  stop(): void {
    this.#stopped = true;
    Atomics.notify(this.#words, 16 * this.#own);
  }
}
