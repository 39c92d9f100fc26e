import { type ConnectionFilter, passes } from "../../ipvs/connection-filter.js";
import type { ConnectionEntry } from "../../ipvs/model.js";
import { readEntries } from "./connections.js";
import { Entry, EntryFlag, generation, Kind, Server, ServerFlag, Use } from "./layout.js";
import type { DirectorState } from "./state.js";

/**
 * Takes the entries that a filter lets pass out of the table, as packets and the sweeper do it (`release` in track.ts): their
 * word changes by compare-and-swap, and who wins that counts. Templates go last, when no connection refers to them any more.
 */
export const flushConnections = (state: DirectorState, filter: ConnectionFilter): number =>
  flush(state, (entry) => passes(filter, entry));

/** The same with the entries of servers that were removed. */
export function flushLost(state: DirectorState): number {
  return flush(state, (_, server) => state.servers.at(server).use === Use.removed);
}

function flush(state: DirectorState, isMeant: (entry: ConnectionEntry, server: number) => boolean): number {
  const memory = state.maps["connections"]!.memory({ write: true });
  const words = new BigUint64Array(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length / 8);
  let flushed = 0;
  try {
    for (const templates of [false, true])
      for (const { at, entry } of readEntries(state))
        if (
          entry.template === templates &&
          isMeant(entry, Entry.over(memory.bytes, at).server) &&
          release(state, memory.bytes, words, at, entry)
        )
          flushed++;
  } finally {
    memory.unmap();
  }
  return flushed;
}

/** Packets change an entry's state meanwhile, but seldom twice in a microsecond. */
const tries = 64;
const upperHalf = 0xffff_ffff_0000_0000n;

function release(
  state: DirectorState,
  memory: Uint8Array,
  words: BigUint64Array,
  at: number,
  meant: ConnectionEntry,
): boolean {
  const place = (at + Entry.offsetOf("word")) / 8;
  // The word first: what is read after it belongs to its generation, if that is still there when the word is exchanged.
  const first = Atomics.load(words, place);
  const { server, reference, referenceGeneration, clientPort, virtualPort } = Entry.over(memory, at);
  if (clientPort !== meant.client.port || virtualPort !== meant.virtual.port) return false;
  for (let word = first, i = 0; i < tries; i++) {
    if ((word & BigInt(Kind.mask)) !== BigInt(Kind.live) || (word ^ first) & upperHalf) return false;
    const next = BigInt.asUintN(64, (word & upperHalf) + generation) | BigInt(Kind.free);
    const found = Atomics.compareExchange(words, place, word, next);
    if (found === word) {
      discount(state, server, word);
      if (has(word, "controlled")) leaveTemplate(memory, words, reference, referenceGeneration);
      return true;
    }
    word = found;
  }
  return false;
}

const has = (word: bigint, flag: keyof typeof EntryFlag) => (word & BigInt(EntryFlag[flag])) !== 0n;

/** One living connection less for the template that led it to its server, if that is still the same one. */
function leaveTemplate(
  memory: Uint8Array,
  words: BigUint64Array,
  template: number,
  itsGeneration: number,
): void {
  const at = template * Entry.size;
  if (at >= memory.length) return;
  const word = Atomics.load(words, (at + Entry.offsetOf("word")) / 8);
  const same = Number((word >> 32n) & 0xffffn) === itsGeneration;
  if ((word & BigInt(Kind.mask)) !== BigInt(Kind.live) || !same || !has(word, "template")) return;
  const numbers = new Int32Array(memory.buffer, memory.byteOffset, memory.length / 4);
  Atomics.sub(numbers, (at + Entry.offsetOf("reference")) / 4, 1);
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
