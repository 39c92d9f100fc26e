/**
 * Memory that all threads of a process see: what has to be exact over all of them (how many connections a server has, cursors of
 * balancing, stick tables) lives here, and is changed by Atomics.
 *
 * The first thread makes a piece the first time its name is asked for; the others, which are given `pieces` when they start,
 * find it under the same name. All is zero at first.
 */
export class SharedMemory {
  /** This thread's number, from 0, and how many there are. */
  readonly worker: number;
  readonly workers: number;
  readonly pieces: Map<string, SharedArrayBuffer>;
  /** performance.now() begins anew in each thread: with this added it is the first thread's. */
  readonly clockOffset: number;

  constructor(worker = 0, workers = 1, pieces: ReadonlyMap<string, SharedArrayBuffer> = new Map()) {
    this.worker = worker;
    this.workers = workers;
    this.pieces = new Map(pieces);
    const own = Number(process.hrtime.bigint()) / 1e6 - performance.now();
    const first = this.float64("clock", 1);
    if (worker === 0) first[0] = own;
    this.clockOffset = worker === 0 ? 0 : own - (first[0] as number);
  }

  int32(name: string, length: number): Int32Array {
    return new Int32Array(this.bytes(name, 4 * length));
  }

  /** Not atomic: each thread writes only what is its own. */
  float64(name: string, length: number): Float64Array {
    return new Float64Array(this.bytes(name, 8 * length));
  }

  bytes(name: string, length: number): SharedArrayBuffer {
    const there = this.pieces.get(name);
    if (there !== undefined && there.byteLength >= length) return there;
    const made = new SharedArrayBuffer(length);
    this.pieces.set(name, made);
    return made;
  }
}

/** Runs something while no other thread does under the same lock. It is short and never waits for anything else. */
export function locked<T>(lock: Int32Array, index: number, work: () => T): T {
  while (Atomics.compareExchange(lock, index, 0, 1) !== 0);
  try {
    return work();
  } finally {
    Atomics.store(lock, index, 0);
  }
}
