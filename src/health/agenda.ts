import { TimeHeap } from "./heap.js";

interface Entry<Key> {
  readonly key: Key;
  readonly at: number;
}

/**
 * When what is to be done next, each once: who is due tells when it is due again. Pure: the time is a parameter, in
 * milliseconds, and a thousand keys cost one timer.
 */
export class Agenda<Key> {
  readonly #heap = new TimeHeap<Entry<Key>>();
  readonly #entries = new Map<Key, Entry<Key>>();

  get size(): number {
    return this.#entries.size;
  }

  /** When a key is due; undefined if it isn't. */
  at(key: Key): number | undefined {
    return this.#entries.get(key)?.at;
  }

  /** Puts a key at a time, in the place of an earlier one. */
  set(key: Key, at: number): void {
    const entry = { key, at };
    this.#entries.set(key, entry);
    this.#heap.push(entry);
  }

  remove(key: Key): void {
    this.#entries.delete(key);
  }

  /** Takes out those that are due, in order, with the time that they were due at. */
  due(now: number): { readonly key: Key; readonly at: number }[] {
    const found: Entry<Key>[] = [];
    for (let first = this.#next(); first && first.at <= now; first = this.#next()) {
      this.#heap.pop();
      this.#entries.delete(first.key);
      found.push(first);
    }
    return found;
  }

  /** When something is due next; undefined if there is nothing. */
  next(): number | undefined {
    return this.#next()?.at;
  }

  /** The earliest entry that still counts. */
  #next(): Entry<Key> | undefined {
    for (let first = this.#heap.first; first; first = this.#heap.first) {
      if (this.#entries.get(first.key) === first) return first;
      this.#heap.pop();
    }
    return undefined;
  }
}
