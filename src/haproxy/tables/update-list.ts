import type { TableStore } from "./store.js";
import { header, word } from "./table-words.js";

/** Entries that were changed here, the last changed last, numbered as they are for peers. */
export class UpdateList {
  readonly #store: TableStore;

  constructor(store: TableStore) {
    this.#store = store;
  }

  /** The last change's number: it counts up from 0, modulo 2^32. */
  get last(): number {
    return (this.#store.words[header.update] as number) >>> 0;
  }

  append(entry: number): void {
    this.remove(entry);
    const { words } = this.#store;
    const at = this.#store.at(entry);
    const number = ((words[header.update] as number) + 1) | 0;
    words[header.update] = number;
    words[at + word.update] = number;
    const newest = words[header.newest] as number;
    words[at + word.older] = newest;
    words[at + word.newer] = 0;
    if (newest === 0) words[header.oldest] = entry;
    else words[this.#store.at(newest) + word.newer] = entry;
    words[header.newest] = entry;
  }

  remove(entry: number): void {
    const { words } = this.#store;
    const at = this.#store.at(entry);
    const older = words[at + word.older] as number;
    const newer = words[at + word.newer] as number;
    if (older === 0 && newer === 0 && words[header.newest] !== entry) return;
    if (older === 0) words[header.oldest] = newer;
    else words[this.#store.at(older) + word.newer] = newer;
    if (newer === 0) words[header.newest] = older;
    else words[this.#store.at(newer) + word.older] = older;
    words[at + word.older] = 0;
    words[at + word.newer] = 0;
  }

  /** All entries that were changed here, the first changed first. */
  all(): { readonly entry: number; readonly update: number }[] {
    const { words } = this.#store;
    const found: { entry: number; update: number }[] = [];
    for (let entry = words[header.oldest] as number; entry !== 0; ) {
      const at = this.#store.at(entry);
      found.push({ entry, update: (words[at + word.update] as number) >>> 0 });
      entry = words[at + word.newer] as number;
    }
    return found;
  }

  /** Entries changed after `number`, the first changed first, at most `limit`. */
  after(number: number, limit: number): { readonly entry: number; readonly update: number }[] {
    const { words } = this.#store;
    const found: { entry: number; update: number }[] = [];
    let entry = words[header.newest] as number;
    const changed: number[] = [];
    while (entry !== 0 && (((words[this.#store.at(entry) + word.update] as number) - number) | 0) > 0) {
      changed.push(entry);
      entry = words[this.#store.at(entry) + word.older] as number;
    }
    for (let at = changed.length - 1; at >= 0 && found.length < limit; at--) {
      const each = changed[at] as number;
      found.push({ entry: each, update: (words[this.#store.at(each) + word.update] as number) >>> 0 });
    }
    return found;
  }
}
