import type { StickTable } from "../../config/haproxy/model/index.js";
import type { SharedMemory } from "../../proxy/index.js";
import type { Sample, StickTableRun, TableKey } from "../run/index.js";
import { monotonicNow } from "./clock.js";
import { Dictionary } from "./dictionary.js";
import { Entry } from "./entry.js";
import { keyBytes, keyOfBytes, keyOfSample } from "./key.js";
import { TableStore } from "./store.js";
import { layoutOf, type StoredField } from "./stored.js";
import { word } from "./table-words.js";

/** Where a name that a table doesn't store is looked for instead: gpc0 is the first of the array gpc. */
const inArrays: Record<string, readonly [array: string, element: number]> = {
  gpt0: ["gpt", 0],
  gpc0: ["gpc", 0],
  gpc1: ["gpc", 1],
  gpc0_rate: ["gpc_rate", 0],
  gpc1_rate: ["gpc_rate", 1],
};

/**
 * A stick table in memory that all threads share: what one does, all see. Expired entries are never seen; their room is taken back when
 * somebody looks for it, so that no timer runs for a table.
 */
export class Table implements StickTableRun {
  readonly settings: StickTable;
  readonly store: TableStore;
  readonly texts: Dictionary;
  readonly now: () => number;
  /** Whether peers learn of what is changed here. */
  readonly synced: boolean;
  /** Called in this thread when something was changed that peers are to learn. */
  onChange: () => void = () => undefined;
  readonly #fields: ReadonlyMap<string, StoredField>;

  /** `now` is the monotonic clock, the same in all threads, milliseconds: left out but in tests. */
  constructor(settings: StickTable, memory: SharedMemory, now: () => number = monotonicNow) {
    this.settings = settings;
    this.store = new TableStore(memory, settings.name, layoutOf(settings), settings.size);
    this.texts = new Dictionary(memory);
    this.now = now;
    this.synced = settings.peers !== undefined;
    this.#fields = new Map(this.store.layout.fields.map((field) => [field.name, field]));
  }

  get name(): string {
    return this.settings.name;
  }

  get used(): number {
    return this.locked(() => {
      this.#sweep(Number.POSITIVE_INFINITY);
      return this.store.used;
    });
  }

  key(sample: Sample): TableKey | undefined {
    return keyOfSample(this.settings, sample);
  }

  /** A key of its bytes, as peers send them. */
  keyOf(bytes: Uint8Array): TableKey {
    return keyOfBytes(this.settings, bytes);
  }

  lookup(key: TableKey): Entry | undefined {
    const bytes = keyBytes(this.settings, key);
    if (bytes === undefined) return undefined;
    return this.locked(() => {
      const entry = this.#find(bytes);
      return entry === 0 ? undefined : new Entry(this, entry, key);
    });
  }

  getOrCreate(key: TableKey): Entry | undefined {
    return this.#make(key, 0);
  }

  acquire(key: TableKey): Entry | undefined {
    return this.#make(key, 1);
  }

  *entries(): Iterable<Entry> {
    const found = this.locked(() => {
      this.#sweep(Number.POSITIVE_INFINITY);
      return [...this.store.all()].map((entry) => {
        const bytes = this.store.key(entry);
        return { bytes, entry: new Entry(this, entry, keyOfBytes(this.settings, bytes)) };
      });
    });
    found.sort((one, other) => Buffer.compare(one.bytes, other.bytes));
    for (const { entry } of found) if (entry.exists) yield entry;
  }

  remove(key: TableKey): boolean {
    const bytes = keyBytes(this.settings, key);
    if (bytes === undefined) return false;
    return this.locked(() => this.#removeUnused(this.#find(bytes)));
  }

  clear(): number {
    return this.locked(() => {
      let removed = 0;
      for (const entry of this.store.all()) if (this.#removeUnused(entry)) removed++;
      return removed;
    });
  }

  has(stored: string, element = 0): boolean {
    return this.field(stored, element) !== undefined;
  }

  /** Whether a value is stored under this very name. */
  stores(name: string): boolean {
    return this.#fields.has(name);
  }

  isText(name: string): boolean {
    return this.#fields.get(name)?.kind === "dict";
  }

  /** The field that holds a value, and which element of it. */
  field(
    name: string,
    element: number,
  ): { readonly field: StoredField; readonly element: number } | undefined {
    const own = this.#fields.get(name);
    if (own !== undefined) return element < own.elements ? { field: own, element } : undefined;
    const [array, index] = inArrays[name] ?? [];
    const field = array === undefined ? undefined : this.#fields.get(array);
    if (field === undefined || index === undefined || index >= field.elements) return undefined;
    return { field, element: index };
  }

  locked<T>(work: () => T): T {
    this.store.lock.take();
    try {
      return work();
    } finally {
      this.store.lock.free();
    }
  }

  /** What the next three do is done under the lock. */
  touch(entry: number): void {
    this.setExpiry(entry, this.now() + (this.settings.expireMs ?? 0));
    if (!this.synced) return;
    this.store.updates.append(entry);
    this.onChange();
  }

  setExpiry(entry: number, at: number): void {
    this.store.doubles[(this.store.at(entry) + word.expiry) >> 1] = at;
  }

  /** One holder less: who was the last removes it where it has expired meanwhile. */
  releaseEntry(entry: number): void {
    const { store } = this;
    const at = store.at(entry);
    const users = (store.words[at + word.users] as number) - 1;
    store.words[at + word.users] = users;
    if (users > 0) return;
    if (this.#hasExpired(entry)) store.remove(entry);
    else if (!store.expiry.contains(entry)) store.expiry.push(entry, this.expiryOf(entry));
  }

  expiryOf(entry: number): number {
    return this.store.doubles[(this.store.at(entry) + word.expiry) >> 1] as number;
  }

  usersOf(entry: number): number {
    return this.store.words[this.store.at(entry) + word.users] as number;
  }

  #make(key: TableKey, users: number): Entry | undefined {
    const bytes = keyBytes(this.settings, key);
    if (bytes === undefined) return undefined;
    return this.locked(() => {
      let entry = this.#find(bytes);
      if (entry === 0) {
        this.#sweep(4);
        if (this.store.used >= this.store.capacity && !this.#makeRoom()) return undefined;
        entry = this.store.insert(bytes, this.now() + (this.settings.expireMs ?? 0));
        if (entry === 0) return undefined;
      }
      const at = this.store.at(entry) + word.users;
      this.store.words[at] = (this.store.words[at] as number) + users;
      return new Entry(this, entry, key);
    });
  }

  #find(key: Uint8Array): number {
    const entry = this.store.find(key);
    if (entry === 0 || this.usersOf(entry) > 0 || !this.#hasExpired(entry)) return entry;
    this.store.remove(entry);
    return 0;
  }

  #hasExpired(entry: number): boolean {
    return (this.settings.expireMs ?? 0) > 0 && this.expiryOf(entry) <= this.now();
  }

  #removeUnused(entry: number): boolean {
    if (entry === 0 || this.usersOf(entry) > 0) return false;
    this.store.remove(entry);
    return true;
  }

  /** Removes what has expired, at most `limit` entries. */
  #sweep(limit: number): void {
    if ((this.settings.expireMs ?? 0) === 0) return;
    const now = this.now();
    for (let removed = 0; removed < limit; ) {
      const top = this.store.expiry.top;
      if (top === 0 || this.store.expiry.orderOf(top) > now) return;
      if (this.#pass(top)) continue;
      this.store.remove(top);
      removed++;
    }
  }

  /** In a full table the 256th part of it goes, the oldest first (__stktable_trash_oldest): false where all are in use. */
  #makeRoom(): boolean {
    this.#sweep(Number.POSITIVE_INFINITY);
    if (this.store.used < this.store.capacity) return true;
    if (this.settings.noPurge) return false;
    const wanted = (this.store.capacity >> 8) + 1;
    let removed = 0;
    for (let tries = 2 * wanted; tries > 0 && removed < wanted; tries--) {
      const top = this.store.expiry.top;
      if (top === 0) break;
      if (this.#pass(top)) continue;
      this.store.remove(top);
      removed++;
    }
    return removed > 0;
  }

  /** Takes the heap's top away from there where it is held, or was touched since it came in. */
  #pass(top: number): boolean {
    const { expiry } = this.store;
    if (this.usersOf(top) > 0) {
      expiry.remove(top);
      return true;
    }
    const until = this.expiryOf(top);
    if (until === expiry.orderOf(top)) return false;
    expiry.remove(top);
    expiry.push(top, until);
    return true;
  }
}
