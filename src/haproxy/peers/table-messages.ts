import { type ExchangedValue, learnEntry, readEntry, storedNames, type Table } from "../tables/index.js";
import type { DictionaryCache } from "./dictionary-cache.js";
import { tableMessage, tableMessageBytes } from "./message.js";
import type { Change, SharedTable } from "./shared-table.js";
import { FieldReader, writeNumber } from "./varint.js";

/** Types of keys on the wire: signed integers 2, IPv4 4, IPv6 5, text 6, bytes 7. */
const keyTypes: Record<Table["settings"]["type"], number> = {
  integer: 2,
  ip: 4,
  ipv6: 5,
  string: 6,
  binary: 7,
};

/** A text's length counts the byte 0 at its end. */
function wireKeyLength(table: Table): number {
  const { keyBytes } = table.store.layout;
  return table.settings.type === "string" ? keyBytes + 1 : keyBytes;
}

/**
 * What the next updates are about: sent before the first of a table, and whenever another table was sent of between.
 *
 *     our number | length of name | name | type of key | length of key | stored data as bits | expiry
 *     of arrays and rates: number of the data | elements of an array | period of a rate
 */
export function defineMessage(shared: SharedTable): Uint8Array {
  const { table } = shared;
  const data: number[] = [];
  writeNumber(data, shared.localId);
  const name = Buffer.from(shared.wireName, "latin1");
  writeNumber(data, name.length);
  data.push(...name);
  writeNumber(data, keyTypes[table.settings.type]);
  writeNumber(data, wireKeyLength(table));
  const { fields } = table.store.layout;
  writeNumber(
    data,
    fields.reduce((bits, field) => bits + 2 ** field.wire, 0),
  );
  writeNumber(data, table.settings.expireMs ?? 0);
  for (const field of fields) {
    if (!field.array && field.kind !== "rate") continue;
    writeNumber(data, field.wire);
    if (field.array) writeNumber(data, field.elements);
    if (field.kind === "rate") writeNumber(data, field.periodMs);
  }
  return tableMessageBytes(tableMessage.define, data);
}

/** Takes a definition in: true where it is of a table that we have and that is like ours, else its updates are left out. */
export function readDefinition(
  data: Uint8Array,
  tables: readonly SharedTable[],
): SharedTable | undefined | "malformed" {
  const reader = new FieldReader(data);
  const id = reader.number();
  const nameLength = reader.number();
  const name = Buffer.from(reader.bytes(nameLength)).toString("latin1");
  if (reader.malformed || nameLength === 0 || reader.left === 0) return "malformed";
  for (const each of tables) if (each.remoteId === id) each.remoteId = 0;
  const shared = tables.find((each) => each.wireName === name);
  if (shared === undefined) return undefined;
  const type = reader.number();
  const keyLength = reader.number();
  const bits = reader.number();
  if (reader.malformed) return "malformed";
  if (keyTypes[shared.table.settings.type] !== type || wireKeyLength(shared.table) !== keyLength)
    return undefined;
  const described = reader.left > 0;
  reader.number(); // expiry
  for (const known of storedNames) {
    if (!hasBit(bits, known.wire)) continue;
    if (known.array && !described) return undefined;
    if (!described || (!known.array && known.kind !== "rate")) continue;
    if (reader.number() !== known.wire) return undefined;
    if (known.array) shared.remoteElements.set(known.wire, reader.number());
    if (known.kind === "rate") reader.number();
    if (reader.malformed) return undefined;
  }
  shared.remoteData = bits;
  shared.remoteId = id;
  return shared;
}

export function switchId(data: Uint8Array): number | "malformed" {
  const reader = new FieldReader(data);
  const id = reader.number();
  return reader.malformed ? "malformed" : id;
}

export function acknowledgement(shared: SharedTable): Uint8Array {
  const data: number[] = [];
  writeNumber(data, shared.remoteId);
  pushUint32(data, shared.lastGot);
  return tableMessageBytes(tableMessage.acknowledge, data);
}

export function readAcknowledgement(
  data: Uint8Array,
): { readonly id: number; readonly update: number } | "malformed" {
  const reader = new FieldReader(data);
  const id = reader.number();
  const update = reader.uint32();
  return reader.malformed ? "malformed" : { id, update };
}

/**
 * An entry as it is now; undefined: it is gone. `identified` forces its number to be sent, which is else left out where it is one more than the last's.
 *
 *     update's number, 32 bits | remaining time, 32 bits (timed) | key | values in the order of their numbers
 */
export function updateMessage(
  shared: SharedTable,
  { entry, update }: Change,
  cache: DictionaryCache,
  options: { readonly identified: boolean; readonly timed: boolean },
): Uint8Array | undefined {
  const { table } = shared;
  const found = readEntry(table, entry);
  if (found === undefined) return undefined;
  const follows = shared.lastPushed !== 0 && ((update - shared.lastPushed) | 0) === 1;
  const identified = options.identified || !follows;
  const data: number[] = [];
  if (identified) pushUint32(data, update);
  if (options.timed) pushUint32(data, found.expiresInMs);
  pushKey(data, table, found.key);
  let at = 0;
  for (const field of table.store.layout.fields)
    for (let element = 0; element < field.elements; element++)
      pushValue(data, found.values[at++], field.kind, cache);
  const type = options.timed
    ? identified
      ? tableMessage.timedUpdate
      : tableMessage.incrementalTimedUpdate
    : identified
      ? tableMessage.update
      : tableMessage.incrementalUpdate;
  return tableMessageBytes(type, data);
}

/** Learns what an update says. "malformed" ends the session. */
export function readUpdate(
  type: number,
  data: Uint8Array,
  shared: SharedTable,
  cache: DictionaryCache,
): "malformed" | undefined {
  const { table } = shared;
  const reader = new FieldReader(data);
  const identified = type === tableMessage.update || type === tableMessage.timedUpdate;
  const timed = type === tableMessage.timedUpdate || type === tableMessage.incrementalTimedUpdate;
  const update = identified ? reader.uint32() : (shared.lastGot + 1) >>> 0;
  if (reader.malformed) return "malformed";
  shared.lastGot = update;
  const expires = timed ? reader.uint32() : (table.settings.expireMs ?? 0);
  const key = readKey(reader, table);
  const values = new Map<string, ExchangedValue[]>();
  for (const known of storedNames) {
    if (!hasBit(shared.remoteData, known.wire)) continue;
    const elements: ExchangedValue[] = [];
    const count = known.array ? (shared.remoteElements.get(known.wire) ?? 0) : 1;
    for (let element = 0; element < count && !reader.malformed; element++)
      elements.push(readValue(reader, known.kind, cache));
    values.set(known.name, elements);
  }
  if (reader.malformed) return "malformed";
  learnEntry(table, key, Math.min(expires, 0x7fffffff), values);
  return undefined;
}

function pushKey(data: number[], table: Table, key: Uint8Array): void {
  const { type } = table.settings;
  if (type === "string") writeNumber(data, key.length);
  data.push(...(type === "integer" ? key.toReversed() : key));
}

function readKey(reader: FieldReader, table: Table): Uint8Array {
  const { type } = table.settings;
  const { keyBytes } = table.store.layout;
  if (type === "string") return reader.bytes(reader.number()).slice(0, keyBytes);
  const key = reader.bytes(keyBytes).slice();
  return type === "integer" ? key.reverse() : key;
}

function pushValue(
  data: number[],
  value: ExchangedValue,
  kind: (typeof storedNames)[number]["kind"],
  cache: DictionaryCache,
): void {
  if (kind === "dict") pushText(data, typeof value === "string" ? value : undefined, cache);
  else if (typeof value === "object") for (const part of value) writeNumber(data, Math.floor(part));
  else writeNumber(data, typeof value === "number" ? value : 0);
}

/** Length of what follows (0: no text) | number in the cache | where it is new: length of text | text. */
function pushText(data: number[], text: string | undefined, cache: DictionaryCache): void {
  if (text === undefined) {
    writeNumber(data, 0);
    return;
  }
  const { number, isNew } = cache.send(text);
  const part: number[] = [];
  writeNumber(part, number);
  if (isNew) {
    writeNumber(part, text.length);
    part.push(...Buffer.from(text, "latin1"));
  }
  writeNumber(data, part.length);
  data.push(...part);
}

function readValue(
  reader: FieldReader,
  kind: (typeof storedNames)[number]["kind"],
  cache: DictionaryCache,
): ExchangedValue {
  if (kind === "rate") return [reader.number(), reader.number(), reader.number()];
  if (kind === "sint") return reader.number(true);
  if (kind !== "dict") return reader.number();
  const length = reader.number();
  if (length === 0 || reader.malformed) return undefined;
  const part = reader.part(length);
  const number = part.number();
  if (reader.malformed || part.malformed || !cache.isNumber(number)) {
    reader.malformed = true;
    return undefined;
  }
  if (part.left === 0) return cache.received[number - 1];
  const text = Buffer.from(part.bytes(part.number())).toString("latin1");
  if (part.malformed) reader.malformed = true;
  else cache.receive(number, text);
  return text;
}

function pushUint32(data: number[], value: number): void {
  data.push((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

function hasBit(bits: number, bit: number): boolean {
  return Math.floor(bits / 2 ** bit) % 2 === 1;
}
