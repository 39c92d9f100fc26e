/** So often it is tried before the CPU is given to who may hold it. */
const spins = 1000;
const napMs = 1;
/** After so many naps it is looked whether the holder is still there, and who may not wait gives up after so many. */
const napsUntilLook = 500;
const fewNaps = 20;
const never = new Int32Array(new SharedArrayBuffer(4));

/**
 * A lock of processes: a word of shared memory with its holder's number (ngx_shmtx_t). What is done under it is short and waits for nothing. One whose
 * holder was killed is taken over, by the master when it hears of that, else by who waits for it.
 */
export class ZoneLock {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #repair: () => void;

  /** @param repair sets right what a process that died with the lock may have left half done */
  constructor(words: Int32Array, at: number, repair: () => void) {
    this.#words = words;
    this.#at = at;
    this.#repair = repair;
  }

  hold<T>(work: () => T): T {
    this.#take(Number.POSITIVE_INFINITY);
    try {
      return work();
    } finally {
      this.#free();
    }
  }

  /** Gives up after a while; false: it wasn't done. */
  tryHold(work: () => void): boolean {
    if (!this.#take(fewNaps)) return false;
    try {
      work();
    } finally {
      this.#free();
    }
    return true;
  }

  /** Repairs and frees what a process that has ended holds; false: it doesn't. */
  takeOver(pid: number): boolean {
    if (Atomics.compareExchange(this.#words, this.#at, pid, process.pid) !== pid) return false;
    try {
      this.#repair();
    } finally {
      this.#free();
    }
    return true;
  }

  #take(mostNaps: number): boolean {
    for (
      let tries = 1, naps = 0;
      Atomics.compareExchange(this.#words, this.#at, 0, process.pid) !== 0;
      tries++
    ) {
      if (tries % spins !== 0) continue;
      if (++naps > mostNaps) return false;
      Atomics.wait(never, 0, 0, napMs);
      if (naps % napsUntilLook === 0) this.#lookForHolder();
    }
    return true;
  }

  #lookForHolder(): void {
    const holder = Atomics.load(this.#words, this.#at);
    if (holder !== 0 && !isThere(holder)) this.takeOver(holder);
  }

  #free(): void {
    Atomics.store(this.#words, this.#at, 0);
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
