/** A frame that waits. */
interface Waiting {
  readonly due: number;
  readonly frame: Uint8Array;
}

export interface DelayOptions {
  /** Milliseconds that a frame waits. */
  readonly delay: number;
  /** It waits so much less or so much more, evenly spread. */
  readonly jitter: number;
}

/** Frames in one direction of a long cable: what came first leaves first, each when its time has come. */
export class DelayLine {
  /** Frames for which there was no room. */
  overflowed = 0;
  /** Frames that have left. */
  left = 0;
  readonly #limit: number;
  readonly #random: () => number;
  #options: DelayOptions;
  #queue: Waiting[] = [];
  /** Where the queue begins; what is before it has left. */
  #head = 0;
  #lastDue = Number.NEGATIVE_INFINITY;

  /**
   * @param limit how many frames may wait.
   * @param random as Math.random.
   */
  constructor(options: DelayOptions, limit: number, random: () => number) {
    this.#options = options;
    this.#limit = limit;
    this.#random = random;
  }

  /** Counts for frames that come from now on. */
  change(options: DelayOptions): void {
    this.#options = options;
  }

  get waiting(): number {
    return this.#queue.length - this.#head;
  }

  /** When the next one is to leave; undefined if none waits. */
  get next(): number | undefined {
    return this.#queue[this.#head]?.due;
  }

  /** False if there is no room for it. Times are in milliseconds, of any clock that goes forward. */
  push(frame: Uint8Array, now: number): boolean {
    if (this.waiting >= this.#limit) {
      this.overflowed++;
      return false;
    }
    const { delay, jitter } = this.#options;
    // One that is quicker than the one before it waits for that: a cable keeps the order.
    const due = Math.max(this.#lastDue, now + delay + jitter * (2 * this.#random() - 1));
    this.#lastDue = due;
    this.#queue.push({ due, frame });
    return true;
  }

  /** Takes out the next frame whose time has come. */
  take(now: number): Uint8Array | undefined {
    const first = this.#queue[this.#head];
    if (!first || first.due > now) return undefined;
    this.#head++;
    this.left++;
    if (this.#head === this.#queue.length || this.#head >= 1024) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return first.frame;
  }
}
