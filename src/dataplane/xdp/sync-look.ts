import type { BpfMap } from "../../bpf/index.js";
import { isDue, isTold, type SyncEntry, type SyncRule, type SyncTold } from "../../ipvs/sync/index.js";
import { Entry, EntryFlag, Kind, seconds, stateShift } from "./layout.js";
import { protocolNamed } from "./records.js";
import { type DirectorState, secondsBetween, tickNow } from "./state.js";
import { SyncEntryReader } from "./sync-entry.js";
import { timeoutIndexes } from "./transitions.js";

/** What is remembered of a table's entries, by their number: 16 bytes of each. */
class Memory {
  readonly generation: Uint32Array;
  /** As the entry counts them, in 16 bits, and in all, at the last look. */
  readonly packets: Uint16Array;
  readonly total: Uint32Array;
  /** When the end was that others were told of, and in which state. */
  readonly end: Uint32Array;
  readonly state: Uint8Array;
  /** See {@link known}. */
  readonly flags: Uint8Array;

  constructor(entries: number) {
    this.generation = new Uint32Array(entries).fill(0xffff_ffff); // none was seen
    this.packets = new Uint16Array(entries);
    this.total = new Uint32Array(entries);
    this.end = new Uint32Array(entries);
    this.state = new Uint8Array(entries);
    this.flags = new Uint8Array(entries);
  }
}

/** Of an entry: others were told of it; they are to be told, and haven't been yet. */
const known = { told: 1, waits: 2 } as const;

const words = {
  perEntry: Entry.size / 4,
  generation: 1,
  expires: Entry.offsetOf("expires") / 4,
  packets: Entry.offsetOf("packets") / 4,
} as const;

/**
 * Looks through the connection table for entries that other directors are to be told of. Packets pay nothing for it: what has
 * changed is found by what is remembered of each entry. A million entries are looked at in some 10 ms.
 */
export class SyncLook {
  readonly #state: DirectorState;
  readonly #memories = new WeakMap<BpfMap, Memory>();

  constructor(state: DirectorState) {
    this.#state = state;
  }

  look(rule: SyncRule, tell: (entry: SyncEntry) => boolean): SyncTold {
    const sum: SyncTold = { told: 0, waiting: 0, lost: 0 };
    this.#state.refresh();
    const reader = new SyncEntryReader(this.#state);
    const { former, connections } = this.#state.maps;
    for (const map of [former, connections])
      if (map !== undefined) this.#lookIn(map, rule, reader, tell, sum);
    return sum;
  }

  /** All that others need when they take over. */
  *all(): Iterable<SyncEntry> {
    this.#state.refresh();
    const reader = new SyncEntryReader(this.#state);
    const { former, connections } = this.#state.maps;
    for (const map of [former, connections]) {
      if (map === undefined) continue;
      const bytes = this.#state.tableMemory(map);
      const numbers = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
      const now = tickNow();
      for (let at = 0; at < numbers.length; at += words.perEntry) {
        const word = numbers[at]!;
        if ((word & Kind.mask) !== Kind.live || (word & EntryFlag.alias) !== 0) continue;
        if (secondsBetween(now, numbers[at + words.expires]!) < 0) continue;
        const entry = reader.read(bytes, 4 * at, word);
        if (isTemplate(word) || isTold(entry.protocol, entry.state)) yield entry;
      }
    }
  }

  #lookIn(
    map: BpfMap,
    rule: SyncRule,
    reader: SyncEntryReader,
    tell: (entry: SyncEntry) => boolean,
    sum: SyncTold,
  ): void {
    const bytes = this.#state.tableMemory(map);
    const numbers = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const memory = this.#memoryOf(map, numbers.length / words.perEntry);
    const timeouts = this.#timeouts();
    const now = tickNow();
    let full = false;
    for (let entry = 0, at = 0; at < numbers.length; entry++, at += words.perEntry) {
      const word = numbers[at]!;
      const lives = (word & Kind.mask) === Kind.live && (word & EntryFlag.alias) === 0;
      const waits = (memory.flags[entry]! & known.waits) !== 0;
      if (!lives) {
        if (waits) sum.lost++;
        if (waits) memory.flags[entry] = 0;
        continue;
      }
      const end = numbers[at + words.expires]!;
      const packets = numbers[at + words.packets]! & 0xffff;
      if (numbers[at + words.generation] !== memory.generation[entry]) {
        if (waits) sum.lost++;
        memory.generation[entry] = numbers[at + words.generation]!;
        begin(memory, entry, word, packets, end);
      }
      const template = isTemplate(word);
      if (!template && packets === memory.packets[entry]) continue;
      if (template && end === memory.end[entry]) continue;
      if (rule.onlyTemplates && (word & EntryFlag.controlled) !== 0) continue;
      if (secondsBetween(now, end) < 0) continue;
      const protocol = bytes[4 * at + Entry.offsetOf("protocol")]!;
      const state = (word >>> stateShift) & 15;
      const came = (packets - memory.packets[entry]!) & 0xffff;
      const total = memory.total[entry]! + came;
      const timeout = template
        ? seconds(numbers[at + words.packets]!)
        : (timeouts.get((protocol << 8) | state) ?? 180);
      const sight = {
        template,
        protocol,
        state,
        packets: total,
        packetsBefore: memory.total[entry]!,
        toldState: memory.state[entry]!,
        timeout,
        putOff:
          (memory.flags[entry]! & known.told) === 0 ? Infinity : secondsBetween(memory.end[entry]!, end),
      };
      if (!isDue(sight, rule)) {
        if (template) continue;
        memory.packets[entry] = packets;
        memory.total[entry] = total;
        continue;
      }
      full ||= !tell(reader.read(bytes, 4 * at, word));
      if (full) {
        memory.flags[entry]! |= known.waits;
        sum.waiting++;
        continue;
      }
      sum.told++;
      memory.flags[entry] = known.told;
      memory.packets[entry] = packets;
      memory.total[entry] = total;
      memory.state[entry] = state;
      memory.end[entry] = end;
    }
  }

  #memoryOf(map: BpfMap, entries: number): Memory {
    let memory = this.#memories.get(map);
    if (!memory) this.#memories.set(map, (memory = new Memory(entries)));
    return memory;
  }

  /** Seconds by protocol and state. */
  #timeouts(): ReadonlyMap<number, number> {
    const { timeouts } = this.#state.settings;
    const all = new Map<number, number>();
    for (const protocol of [6, 17, 132])
      for (let state = 0; state < 16; state++) {
        const index = timeoutIndexes(protocolNamed(protocol)!, state)[0]!;
        all.set((protocol << 8) | state, seconds(timeouts[index]!));
      }
    return all;
  }
}

const isTemplate = (word: number): boolean => (word & EntryFlag.template) !== 0;

/** What another director told of is known to others: until packets come here. */
function begin(memory: Memory, entry: number, word: number, packets: number, end: number): void {
  const synced = (word & EntryFlag.synced) !== 0;
  memory.flags[entry] = synced ? known.told : 0;
  memory.packets[entry] = synced ? packets : 0;
  memory.total[entry] = synced ? packets : 0;
  memory.state[entry] = synced ? (word >>> stateShift) & 15 : 0;
  memory.end[entry] = synced ? end : 0;
}
