import { randomInt } from "node:crypto";
import type { SharedMemory } from "../../proxy/index.js";
import { ExpiryHeap } from "./expiry-heap.js";
import { hashOf } from "./hash.js";
import { SpinLock } from "./spin-lock.js";
import type { Layout } from "./stored.js";
import { header, word } from "./table-words.js";
import { UpdateList } from "./update-list.js";

/**
 * A table's memory, seen by all threads: header, buckets, the heap by which entries expire, entries. It is as large as the full table
 * would be, but the kernel gives a page of it only when it is written for the first time: an empty table takes nothing.
 *
 * Every method is called while `lock` is held.
 */
export class TableStore {
  readonly layout: Layout;
  readonly capacity: number;
  readonly lock: SpinLock;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
  readonly expiry: ExpiryHeap;
  readonly updates: UpdateList;
  readonly #mask: number;
  readonly #entries: number; // word at which entry 1 begins, less one entry

  constructor(memory: SharedMemory, name: string, layout: Layout, size: number) {
    this.layout = layout;
    this.capacity = Math.min(size, Math.floor(0x40000000 / layout.stride));
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(16, this.capacity)));
    this.#mask = buckets - 1;
    const heap = header.words + buckets;
    const first = heap + this.capacity + 2 - (this.capacity % 2);
    this.#entries = first - layout.stride;
    const shared = memory.bytes(`table ${name}`, 4 * (first + this.capacity * layout.stride));
    this.words = new Int32Array(shared);
    this.doubles = new Float64Array(shared, 0, Math.floor(this.words.length / 2));
    this.bytes = new Uint8Array(shared);
    this.lock = new SpinLock(this.words, header.lock);
    this.expiry = new ExpiryHeap(this, heap - 1);
    this.updates = new UpdateList(this);
    if (this.words[header.seed] === 0)
      Atomics.compareExchange(this.words, header.seed, 0, randomInt(1, 0x7fffffff));
  }

  /** The word at which an entry begins. */
  at(entry: number): number {
    return this.#entries + entry * this.layout.stride;
  }

  get used(): number {
    return this.words[header.used] as number;
  }

  find(key: Uint8Array): number {
    const { words } = this;
    const hash = this.#hash(key);
    let entry = words[header.words + (hash & this.#mask)] as number;
    while (entry !== 0) {
      const at = this.at(entry);
      if (words[at + word.hash] === hash && this.#hasKey(at, key)) return entry;
      entry = words[at + word.next] as number;
    }
    return 0;
  }

  /** A new entry, all zero but for its key; 0 where there is no room. It is in the heap already. */
  insert(key: Uint8Array, expiry: number): number {
    const { words } = this;
    const entry = this.#take();
    if (entry === 0) return 0;
    const at = this.at(entry);
    const hash = this.#hash(key);
    words.fill(0, at + word.users, at + this.layout.stride);
    words[at + word.hash] = hash;
    words[at + word.generation] = (words[at + word.generation] as number) + 1;
    words[at + word.keyLength] = key.length;
    this.bytes.set(key, 4 * (at + word.key));
    const bucket = header.words + (hash & this.#mask);
    words[at + word.next] = words[bucket] as number;
    words[bucket] = entry;
    this.doubles[(at + word.expiry) >> 1] = expiry;
    this.expiry.push(entry, expiry);
    words[header.used] = this.used + 1;
    return entry;
  }

  remove(entry: number): void {
    const { words } = this;
    const at = this.at(entry);
    let link = header.words + ((words[at + word.hash] as number) & this.#mask);
    while (words[link] !== entry) link = this.at(words[link] as number) + word.next;
    words[link] = words[at + word.next] as number;
    this.expiry.remove(entry);
    this.updates.remove(entry);
    words[at + word.generation] = (words[at + word.generation] as number) + 1;
    words[at + word.next] = words[header.free] as number;
    words[header.free] = entry;
    words[header.used] = this.used - 1;
  }

  /** A copy of an entry's key. */
  key(entry: number): Uint8Array {
    const at = this.at(entry);
    const from = 4 * (at + word.key);
    return this.bytes.slice(from, from + (this.words[at + word.keyLength] as number));
  }

  /** Entries in use, in no order. */
  *all(): Iterable<number> {
    const top = this.words[header.top] as number;
    for (let entry = 1; entry <= top; entry++)
      if (this.isUsed(entry, this.words[this.at(entry) + word.generation] as number)) yield entry;
  }

  /** Whether an entry is still the one of that generation: odd ones are in use. */
  isUsed(entry: number, generation: number): boolean {
    return generation % 2 !== 0 && this.words[this.at(entry) + word.generation] === generation;
  }

  #take(): number {
    const { words } = this;
    const free = words[header.free] as number;
    if (free !== 0) {
      words[header.free] = words[this.at(free) + word.next] as number;
      return free;
    }
    const top = words[header.top] as number;
    if (top >= this.capacity) return 0;
    words[header.top] = top + 1;
    return top + 1;
  }

  #hash(key: Uint8Array): number {
    return hashOf(key, this.words[header.seed] as number);
  }

  #hasKey(at: number, key: Uint8Array): boolean {
    if (this.words[at + word.keyLength] !== key.length) return false;
    const from = 4 * (at + word.key);
    for (let byte = 0; byte < key.length; byte++) if (this.bytes[from + byte] !== key[byte]) return false;
    return true;
  }
}
