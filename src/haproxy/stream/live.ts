/** Something that is in a {@link Live}: where, or -1. */
export interface Living {
  place: number;
}

/**
 * Everything that is there now, in no order. A Set would do, but for the memory: each time it makes room it leaves its old table behind,
 * which holds what was in it, and the next table; where many come and go between two collections of the young generation none of them
 * would be collected there.
 */
export class Live<T extends Living> {
  readonly #all: T[] = [];

  get size(): number {
    return this.#all.length;
  }

  add(one: T): void {
    one.place = this.#all.length;
    this.#all.push(one);
  }

  /** Nothing happens where it has gone already. */
  delete(one: T): void {
    const { place } = one;
    if (place < 0) return;
    const last = this.#all.pop() as T;
    if (last !== one) {
      this.#all[place] = last;
      last.place = place;
    }
    one.place = -1;
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#all.values();
  }
}
