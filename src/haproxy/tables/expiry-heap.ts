import type { TableStore } from "./store.js";
import { header, word } from "./table-words.js";

/**
 * Entries by when they may expire: a binary heap, its least at the top. As in HAProxy's tree an entry's place isn't changed each time it is
 * touched: only when it comes to the top it goes to where its expiry now says. An entry that is held leaves the heap when it comes
 * to the top, and comes back when it is released.
 */
export class ExpiryHeap {
  readonly #store: TableStore;
  readonly #base: number; // word of place 1, less one

  constructor(store: TableStore, base: number) {
    this.#store = store;
    this.#base = base;
  }

  get length(): number {
    return this.#store.words[header.heap] as number;
  }

  /** 0 where it is empty. */
  get top(): number {
    return this.length === 0 ? 0 : (this.#store.words[this.#base + 1] as number);
  }

  contains(entry: number): boolean {
    return this.#store.words[this.#store.at(entry) + word.heap] !== 0;
  }

  orderOf(entry: number): number {
    return this.#store.doubles[(this.#store.at(entry) + word.order) >> 1] as number;
  }

  push(entry: number, order: number): void {
    const { words, doubles } = this.#store;
    doubles[(this.#store.at(entry) + word.order) >> 1] = order;
    const place = this.length + 1;
    words[header.heap] = place;
    this.#put(place, entry);
    this.#up(place);
  }

  remove(entry: number): void {
    const { words } = this.#store;
    const at = this.#store.at(entry);
    const place = words[at + word.heap] as number;
    if (place === 0) return;
    words[at + word.heap] = 0;
    const length = this.length;
    const last = words[this.#base + length] as number;
    words[header.heap] = length - 1;
    if (last === entry) return;
    this.#put(place, last);
    this.#up(place);
    this.#down(words[this.#store.at(last) + word.heap] as number);
  }

  #put(place: number, entry: number): void {
    this.#store.words[this.#base + place] = entry;
    this.#store.words[this.#store.at(entry) + word.heap] = place;
  }

  #entry(place: number): number {
    return this.#store.words[this.#base + place] as number;
  }

  #up(from: number): void {
    const entry = this.#entry(from);
    const order = this.orderOf(entry);
    let place = from;
    while (place > 1) {
      const parent = place >> 1;
      const above = this.#entry(parent);
      if (this.orderOf(above) <= order) break;
      this.#put(place, above);
      place = parent;
    }
    this.#put(place, entry);
  }

  #down(from: number): void {
    const entry = this.#entry(from);
    const order = this.orderOf(entry);
    const length = this.length;
    let place = from;
    for (;;) {
      let child = 2 * place;
      if (child > length) break;
      if (child < length && this.orderOf(this.#entry(child + 1)) < this.orderOf(this.#entry(child))) child++;
      const below = this.#entry(child);
      if (this.orderOf(below) >= order) break;
      this.#put(place, below);
      place = child;
    }
    this.#put(place, entry);
  }
}
