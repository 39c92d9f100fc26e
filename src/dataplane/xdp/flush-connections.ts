import type { BpfMap } from "../../bpf/index.js";
import { type ConnectionFilter, passes } from "../../ipvs/connection-filter.js";
import type { ConnectionEntry } from "../../ipvs/model.js";
import type { MappedMemory } from "../../sys/index.js";
import { type FoundEntry, readEntries } from "./connections.js";
import { Entry, EntryFlag, generation, Kind, Server, ServerFlag, Successor, Use } from "./layout.js";
import type { DirectorState } from "./state.js";
import { oddTable } from "./table.js";

/**
 * Takes the entries that a filter lets pass out of the table, as packets and the sweeper do it (`release` in track.ts): their
 * word changes by compare-and-swap, and who wins that counts. Templates go last, when no connection refers to them any more.
 * Needs the lock: nobody moves entries to another table meanwhile.
 */
export const flushConnections = (state: DirectorState, filter: ConnectionFilter): number =>
  flush(state, (entry) => passes(filter, entry));

/** The same with the entries of servers that were removed. */
export function flushLost(state: DirectorState): number {
  return flush(state, (_, server) => state.servers.at(server).use === Use.removed);
}

function flush(state: DirectorState, isMeant: (entry: ConnectionEntry, server: number) => boolean): number {
  const tables = new OpenTables(state);
  let flushed = 0;
  try {
    for (const templates of [false, true])
      for (const { table, at, entry } of readEntries(state))
        if (
          entry.template === templates &&
          isMeant(entry, Entry.over(tables.opened[table]!.bytes, at).server) &&
          release(state, tables, tables.opened[table]!, at, entry)
        )
          flushed++;
  } finally {
    tables.unmap();
  }
  return flushed;
}

/** A table's memory, to be written. */
interface OpenTable {
  readonly bytes: Uint8Array;
  readonly words: BigUint64Array;
}

/** The connection table's memory, while it grows that of both. */
class OpenTables {
  readonly opened: Partial<Record<FoundEntry["table"], OpenTable>> = {};
  readonly #memories: MappedMemory[] = [];
  readonly #odd: boolean;
  readonly #successors: Uint8Array | undefined;

  constructor(state: DirectorState) {
    this.#odd = state.tableShape.odd ?? false;
    for (const name of ["connections", "former"] as const) {
      const map = state.maps[name];
      if (!map) continue;
      const bytes = this.#open(map);
      this.opened[name] = {
        bytes,
        words: new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8),
      };
    }
    const { successors } = state.maps;
    this.#successors = successors && this.#open(successors);
  }

  #open(map: BpfMap): Uint8Array {
    const memory = map.memory({ write: true });
    this.#memories.push(memory);
    return memory.bytes;
  }

  /** The living entry that a reference means, wherever it is now. */
  follow(number: number, itsGeneration: number): { table: OpenTable; at: number } | undefined {
    const { connections, former } = this.opened;
    const isOdd = (number & oddTable) !== 0;
    const table = former && isOdd !== this.#odd ? former : connections!;
    const at = (number & ~oddTable) * Entry.size;
    if (at >= table.bytes.length) return undefined;
    const word = wordAt(table, at);
    if (Number((word >> 32n) & 0xffffn) !== itsGeneration) return undefined;
    const kind = Number(word & BigInt(Kind.mask));
    if (kind === Kind.live) return { table, at };
    if (kind !== Kind.moved || !this.#successors) return undefined;
    const { entry, generation } = Successor.over(this.#successors, (at / Entry.size) * Successor.size);
    const now = { table: connections!, at: entry * Entry.size };
    const itsWord = wordAt(now.table, now.at);
    const lives = (itsWord & BigInt(Kind.mask)) === BigInt(Kind.live);
    return lives && itsWord >> 32n === BigInt(generation) ? now : undefined;
  }

  unmap(): void {
    for (const memory of this.#memories) memory.unmap();
  }
}

const wordAt = ({ words }: OpenTable, at: number) => Atomics.load(words, (at + Entry.offsetOf("word")) / 8);

/** Packets change an entry's state meanwhile, but seldom twice in a microsecond. */
const tries = 64;
const upperHalf = 0xffff_ffff_0000_0000n;

function release(
  state: DirectorState,
  tables: OpenTables,
  { bytes, words }: OpenTable,
  at: number,
  meant: ConnectionEntry,
): boolean {
  const place = (at + Entry.offsetOf("word")) / 8;
  // The word first: what is read after it belongs to its generation, if that is still there when the word is exchanged.
  const first = Atomics.load(words, place);
  const { server, reference, referenceGeneration, clientPort, virtualPort } = Entry.over(bytes, at);
  if (clientPort !== meant.client.port || virtualPort !== meant.virtual.port) return false;
  for (let word = first, i = 0; i < tries; i++) {
    if ((word & BigInt(Kind.mask)) !== BigInt(Kind.live) || (word ^ first) & upperHalf) return false;
    const next = BigInt.asUintN(64, (word & upperHalf) + generation) | BigInt(Kind.free);
    const found = Atomics.compareExchange(words, place, word, next);
    if (found === word) {
      discount(state, server, word);
      if (has(word, "controlled")) leaveTemplate(tables, reference, referenceGeneration);
      return true;
    }
    word = found;
  }
  return false;
}

const has = (word: bigint, flag: keyof typeof EntryFlag) => (word & BigInt(EntryFlag[flag])) !== 0n;

/** One living connection less for the template that led it to its server, if that is still the same one. */
function leaveTemplate(tables: OpenTables, template: number, itsGeneration: number): void {
  const found = tables.follow(template, itsGeneration);
  if (!found || !has(wordAt(found.table, found.at), "template")) return;
  const { bytes } = found.table;
  const numbers = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  Atomics.sub(numbers, (found.at + Entry.offsetOf("reference")) / 4, 1);
}

/** One connection or template less for its server, which may take new connections again then. */
function discount(state: DirectorState, slot: number, word: bigint): void {
  const numbers = numbersOf(state, slot);
  const field = (name: "active" | "inactive" | "persistent" | "flags") => Server.offsetOf(name) / 4;
  if (has(word, "template")) {
    Atomics.sub(numbers, field("persistent"), 1);
    return;
  }
  Atomics.sub(numbers, field(has(word, "inactive") ? "inactive" : "active"), 1);
  const { flags, active, inactive: idle, upperThreshold, lowerThreshold } = state.servers.at(slot);
  if ((flags & ServerFlag.overloaded) === 0) return;
  const total = active + idle;
  const low = lowerThreshold !== 0 ? total < lowerThreshold : total * 4 < upperThreshold * 3;
  if (low) Atomics.and(numbers, field("flags"), ~ServerFlag.overloaded);
}

/** A server's record as 32-bit numbers. */
function numbersOf(state: DirectorState, slot: number): Int32Array {
  const { memory, struct } = state.servers;
  return new Int32Array(memory.buffer, memory.byteOffset + state.servers.offset(slot), struct.size / 4);
}
