import type { StoredField } from "./stored.js";
import type { Table } from "./table.js";
import { word } from "./table-words.js";

/**
 * A stored value as peers tell it to each other: of a rate the age of its period (milliseconds), its events and those of the period before; of
 * `server_key` the text.
 */
export type ExchangedValue =
  | number
  | readonly [age: number, events: number, before: number]
  | string
  | undefined;

/** An entry as peers tell it. Values are those of `table.store.layout.fields`, an array's elements one after the other. */
export interface ExchangedEntry {
  readonly key: Uint8Array;
  readonly expiresInMs: number;
  readonly values: readonly ExchangedValue[];
}

/** An entry by its number; undefined: it is gone. */
export function readEntry(table: Table, entry: number): ExchangedEntry | undefined {
  const { store } = table;
  const now = table.now();
  return table.locked(() => {
    const at = store.at(entry);
    if (!store.isUsed(entry, store.words[at + word.generation] as number)) return undefined;
    const values: ExchangedValue[] = [];
    for (const field of store.layout.fields)
      for (let element = 0; element < field.elements; element++)
        values.push(readValue(table, field, at + field.offset + element * field.words, now));
    return {
      key: store.key(entry),
      expiresInMs: Math.max(0, Math.min(0x7fffffff, table.expiryOf(entry) - now)),
      values,
    };
  });
}

/** Takes over what a peer says of a key: fields by name with their elements. Nobody else is told of it. */
export function learnEntry(
  table: Table,
  key: Uint8Array,
  expiresInMs: number,
  values: ReadonlyMap<string, readonly ExchangedValue[]>,
): void {
  const entry = table.getOrCreate(table.keyOf(key));
  if (entry === undefined) return;
  const { store } = table;
  const now = table.now();
  const numbers = new Map<string, number>();
  for (const [name, elements] of values)
    if (typeof elements[0] === "string") numbers.set(name, table.texts.number(elements[0]));
  table.locked(() => {
    if (!entry.exists) return;
    const at = store.at(entry.index);
    for (const field of store.layout.fields) {
      if (field.local) continue;
      const elements = values.get(field.name) ?? [];
      for (let element = 0; element < Math.min(field.elements, elements.length); element++) {
        const place = at + field.offset + element * field.words;
        const value = elements[element];
        writeValue(table, field, place, typeof value === "string" ? numbers.get(field.name) : value, now);
      }
    }
    table.setExpiry(entry.index, now + expiresInMs);
  });
}

function readValue(table: Table, field: StoredField, at: number, now: number): ExchangedValue {
  const { words, doubles } = table.store;
  const first = words[at] as number;
  switch (field.kind) {
    case "sint":
      return first;
    case "uint":
      return first >>> 0;
    case "ull":
      return (first >>> 0) + ((words[at + 1] as number) >>> 0) * 0x100000000;
    case "dict":
      return table.texts.text(first);
    case "rate": {
      const began = doubles[at >> 1] as number;
      if (began === 0) return [0, 0, 0];
      const age = Math.min(0xffffffff, Math.max(0, now - began));
      return [age, (words[at + 2] as number) >>> 0, (words[at + 3] as number) >>> 0];
    }
  }
}

function writeValue(table: Table, field: StoredField, at: number, value: ExchangedValue, now: number): void {
  const { words, doubles } = table.store;
  if (field.kind === "rate") {
    if (typeof value !== "object") return;
    doubles[at >> 1] = Math.max(1, now - value[0]);
    words[at + 2] = value[1];
    words[at + 3] = value[2];
  } else if (typeof value === "number") {
    words[at] = value;
    if (field.kind === "ull") words[at + 1] = Math.floor(value / 0x100000000);
  }
}
