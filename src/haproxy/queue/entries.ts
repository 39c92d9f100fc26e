import type { SharedMemory } from "../../proxy/index.js";

/** How many streams of a process may wait at once. The memory is touched only as far as it is used. */
export const CAPACITY = 1 << 18;
const WORDS = 8;

export const entry = {
  next: 0,
  previous: 1,
  /** set-priority-class, and the millisecond (offset added) by which equal classes are ordered. */
  priority: 2,
  time: 3,
  /** The thread whose stream waits. */
  worker: 4,
  /** What came of it: see `verdict`. Before that 0. */
  verdict: 5,
  /** One more than the slot of the server it was given to, or in whose queue it waits. */
  server: 6,
  /** The queue's count of departures when it came; once it has left, the place in the queue that logs tell of it. */
  came: 7,
} as const;

/** given: it has a place on a server; again: it is to look for a server anew. */
export const verdict = { waiting: 0, given: 1, again: 2 } as const;

/** Words of a queue: they stand in a server's memory or its back end's. */
export interface Queue {
  readonly words: Int32Array;
  readonly length: number;
  readonly head: number;
  readonly tail: number;
  readonly left: number;
}

/**
 * Streams that wait for a server, of all threads, in one table. Each queue is a list through it, ordered by priority and then by time; what was
 * decided about entries of another thread is handed to it in a list of its own.
 *
 * Entries are numbered from 1. Queues are changed under their back end's lock, the list of free entries and those of decided ones by
 * compare-and-swap.
 */
export class Entries {
  readonly #words: Int32Array;
  /** [0] free entries, [1] how many were ever used, [16 × (worker + 1)] decided ones of a thread. */
  readonly #heads: Int32Array;
  readonly #lock: Int32Array;

  constructor(memory: SharedMemory) {
    this.#words = memory.int32("waiting streams", CAPACITY * WORDS);
    this.#heads = memory.int32("waiting streams' heads", 16 * (memory.workers + 1));
    this.#lock = memory.int32("waiting streams' lock", 16);
  }

  get(index: number, at: number): number {
    return this.#words[(index - 1) * WORDS + at] as number;
  }

  set(index: number, at: number, value: number): void {
    this.#words[(index - 1) * WORDS + at] = value;
  }

  /** undefined: too many wait. */
  allocate(): number | undefined {
    return this.#locked(() => {
      const free = this.#heads[0] as number;
      if (free > 0) {
        this.#heads[0] = this.get(free, entry.next);
        return free;
      }
      const used = this.#heads[1] as number;
      if (used === CAPACITY) return undefined;
      this.#heads[1] = used + 1;
      return used + 1;
    });
  }

  free(index: number): void {
    this.#locked(() => {
      this.set(index, entry.next, this.#heads[0] as number);
      this.#heads[0] = index;
    });
  }

  /** Hands an entry that has left its queue to its thread. */
  hand(index: number): void {
    const at = 16 * (this.get(index, entry.worker) + 1);
    this.#locked(() => {
      this.set(index, entry.next, this.#heads[at] as number);
      this.#heads[at] = index;
    });
  }

  /** Decided entries of a thread, in the order in which they were decided. */
  decided(worker: number): number[] {
    const at = 16 * (worker + 1);
    if (Atomics.load(this.#heads, at) === 0) return [];
    return this.#locked(() => {
      const found: number[] = [];
      for (let index = this.#heads[at] as number; index > 0; index = this.get(index, entry.next))
        found.push(index);
      this.#heads[at] = 0;
      return found.reverse();
    });
  }

  /** Puts an entry at its place: behind all that are before it, or came with the same right. */
  insert(queue: Queue, index: number): void {
    const { words } = queue;
    let before = words[queue.tail] as number;
    while (before > 0 && this.#isBefore(index, before)) before = this.get(before, entry.previous);
    const after = before > 0 ? this.get(before, entry.next) : (words[queue.head] as number);
    this.set(index, entry.previous, before);
    this.set(index, entry.next, after);
    if (before > 0) this.set(before, entry.next, index);
    else words[queue.head] = index;
    if (after > 0) this.set(after, entry.previous, index);
    else words[queue.tail] = index;
    words[queue.length] = (words[queue.length] as number) + 1;
    this.set(index, entry.came, words[queue.left] as number);
  }

  remove(queue: Queue, index: number): void {
    const { words } = queue;
    const before = this.get(index, entry.previous);
    const after = this.get(index, entry.next);
    if (before > 0) this.set(before, entry.next, after);
    else words[queue.head] = after;
    if (after > 0) this.set(after, entry.previous, before);
    else words[queue.tail] = before;
    words[queue.length] = (words[queue.length] as number) - 1;
    this.set(index, entry.came, ((words[queue.left] as number) - this.get(index, entry.came) + 1) | 0);
  }

  first(queue: Queue): number {
    return queue.words[queue.head] as number;
  }

  after(index: number): number {
    return this.get(index, entry.next);
  }

  /** Lower classes first, then earlier times; the clock's milliseconds wrap. */
  comesFirst(one: number, other: number): boolean {
    return !this.#isBefore(other, one);
  }

  #isBefore(one: number, other: number): boolean {
    const priority = this.get(one, entry.priority) - this.get(other, entry.priority);
    if (priority !== 0) return priority < 0;
    return ((this.get(one, entry.time) - this.get(other, entry.time)) | 0) < 0;
  }

  #locked<T>(work: () => T): T {
    while (Atomics.compareExchange(this.#lock, 0, 0, 1) !== 0);
    try {
      return work();
    } finally {
      Atomics.store(this.#lock, 0, 0);
    }
  }
}
