import { TimeHeap } from "./heap.js";

/** The part of 1 by which each entry starts later than the one before: the golden section spreads any number evenly. */
const golden = 0.618_033_988_749_895;

interface Entry<Item> {
  readonly item: Item;
  /** Milliseconds. */
  at: number;
  removed: boolean;
}

/**
 * When what is to be done: every item once in an interval, their starts spread over it. Times stay where they are, however
 * late something was done; what was missed is left out. Pure: the time is a parameter.
 */
export class Timetable<Item> {
  readonly #interval: number;
  readonly #heap = new TimeHeap<Entry<Item>>();
  readonly #entries = new Map<Item, Entry<Item>>();
  #added = 0;

  /** `interval` is in milliseconds. */
  constructor(interval: number) {
    this.#interval = interval;
  }

  get size(): number {
    return this.#entries.size;
  }

  items(): Item[] {
    return [...this.#entries.keys()];
  }

  /** Takes an item in, which is due for the first time within the next interval. One that is there stays as it is. */
  add(item: Item, now: number): void {
    if (this.#entries.has(item)) return;
    const phase = (this.#added++ * golden) % 1;
    const entry = { item, at: now + phase * this.#interval, removed: false };
    this.#entries.set(item, entry);
    this.#heap.push(entry);
  }

  remove(item: Item): void {
    const entry = this.#entries.get(item);
    if (!entry) return;
    entry.removed = true;
    this.#entries.delete(item);
  }

  /** Those that are due, in order; each is due again an interval after the time that it was due at. */
  due(now: number): Item[] {
    const found: Item[] = [];
    for (let first = this.#heap.first; first && first.at <= now; first = this.#heap.first) {
      this.#heap.pop();
      if (first.removed) continue;
      found.push(first.item);
      first.at += this.#interval * (Math.floor((now - first.at) / this.#interval) + 1);
      this.#heap.push(first);
    }
    return found;
  }

  /** When something is due next; undefined if there is nothing. */
  next(): number | undefined {
    while (this.#heap.first?.removed) this.#heap.pop();
    return this.#heap.first?.at;
  }
}
