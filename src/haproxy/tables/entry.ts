import type { TableEntry, TableKey } from "../run/index.js";
import { keyText } from "./key.js";
import { addToRate, readRate, setRate } from "./rate.js";
import type { StoredField } from "./stored.js";
import type { Table } from "./table.js";
import { word } from "./table-words.js";

/** An entry of a table. After it was removed it reads as zero and can't be changed. */
export class Entry implements TableEntry {
  readonly key: TableKey;
  readonly table: Table;
  readonly index: number;
  readonly #generation: number;

  /** Made under the table's lock. */
  constructor(table: Table, index: number, key: TableKey) {
    this.table = table;
    this.index = index;
    this.key = key;
    this.#generation = table.store.words[table.store.at(index) + word.generation] as number;
  }

  get keyText(): string {
    return keyText(this.key);
  }

  /** A number that no other entry of the process has now: `show table` prints it where HAProxy prints an address. */
  get id(): number {
    return this.index;
  }

  get exists(): boolean {
    return this.table.store.isUsed(this.index, this.#generation);
  }

  get(name: string, element = 0): number {
    const found = this.table.field(name, element);
    if (found === undefined) return 0;
    return this.#locked(() => this.#read(found.field, found.element)) ?? 0;
  }

  text(name: "server_key" | "dict"): string | undefined {
    return this.table.texts.text(this.get(name === "dict" ? "server_key" : name));
  }

  set(name: string, value: number, element = 0): void {
    const found = this.table.field(name, element);
    if (found === undefined || found.field.kind === "dict") return;
    this.#locked(() => {
      this.#write(found.field, found.element, value);
      this.table.touch(this.index);
    });
  }

  setText(name: string, value: string): void {
    const found = this.table.field(name, 0);
    if (found?.field.kind !== "dict") return;
    const number = this.table.texts.number(value);
    this.#locked(() => {
      this.table.store.words[this.#wordOf(found.field, 0)] = number;
      this.table.touch(this.index);
    });
  }

  add(name: string, amount: number, element = 0): number {
    const found = this.table.field(name, element);
    if (found === undefined || found.field.kind === "dict") return 0;
    const done = this.#locked(() => {
      this.table.touch(this.index);
      if (found.field.kind === "rate") {
        const at = this.#wordOf(found.field, found.element);
        return addToRate(this.table.store, at, found.field.periodMs, this.table.now(), amount);
      }
      this.#write(found.field, found.element, this.#read(found.field, found.element) + amount);
      return this.#read(found.field, found.element);
    });
    return done ?? 0;
  }

  get expiresInMs(): number {
    return this.#locked(() => Math.max(0, this.table.expiryOf(this.index) - this.table.now())) ?? 0;
  }

  get users(): number {
    return this.#locked(() => this.table.usersOf(this.index)) ?? 0;
  }

  touch(): void {
    this.#locked(() => this.table.touch(this.index));
  }

  release(): void {
    this.#locked(() => this.table.releaseEntry(this.index));
  }

  #locked<T>(work: () => T): T | undefined {
    return this.table.locked(() => (this.exists ? work() : undefined));
  }

  #wordOf(field: StoredField, element: number): number {
    return this.table.store.at(this.index) + field.offset + element * field.words;
  }

  #read(field: StoredField, element: number): number {
    const { words } = this.table.store;
    const at = this.#wordOf(field, element);
    switch (field.kind) {
      case "sint":
      case "dict":
        return words[at] as number;
      case "uint":
        return (words[at] as number) >>> 0;
      case "ull":
        return ((words[at] as number) >>> 0) + ((words[at + 1] as number) >>> 0) * 0x100000000;
      case "rate":
        return readRate(this.table.store, at, field.periodMs, this.table.now());
    }
  }

  #write(field: StoredField, element: number, value: number): void {
    const { words } = this.table.store;
    const at = this.#wordOf(field, element);
    if (field.kind === "rate") setRate(this.table.store, at, this.table.now(), value);
    else words[at] = value; // modulo 2^32
    if (field.kind === "ull") words[at + 1] = Math.floor(value / 0x100000000);
  }
}
