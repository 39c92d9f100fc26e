import { array, struct, u8, u32, u64 } from "../../asm/index.js";

/**
 * Which connection table there is, in one number (`tables` of the settings), so that one store changes it:
 *
 *      31          8 7       0
 *     +-------------+---------+
 *     | epoch       | phase   |
 *     +-------------+---------+
 *
 * The epoch counts how often the table was replaced. While it is, there are two: the epoch's own and the one before.
 */
export const tablePhases = {
  /** One table. */
  one: 0,
  /** Two, and connections are still made in the former: not all programs may know of both yet. */
  announced: 1,
  /** Two, and connections are made in the new one. */
  moving: 2,
} as const;
export const phaseMask = 0xff;
export const epochShift = 8;

/** What the packet plane counts beside the statistics of servers; {@link eventNames} in order. */
export const eventNames = [
  "table_full",
  "no_server",
  "no_route",
  "not_available",
  "time_to_live",
  "fragment",
  "lost_race",
  "forwarding_off",
  "dropped_entry",
  "dropped_packet",
  "insert_limited",
  "no_neighbour",
  "too_big",
  "icmp_limited",
  "no_headroom",
] as const;
export type EventName = (typeof eventNames)[number];
export const eventIndex = (name: EventName): number => eventNames.indexOf(name);

/** One for each network namespace. */
export const Settings = struct("Settings", {
  layoutVersion: u32,
  /** See {@link tablePhases}. */
  tables: u32,
  /** Secret numbers of the hash; the second two are odd. */
  secrets: array(u64, 3),
  /** Ticks, by [event >> 4 << 4 | state]. */
  timeouts: array(u32, 64),
  /** Where the next server list may be written: an index into the lists. */
  listCursor: u32,
  /** Whether somebody chose the interfaces (then none is attached on its own). */
  chosen: u32,
  /** Not 0 while somebody changes something: who finds it so after taking the lock mends what is half made. */
  changing: u32,
  /** The next state, by [(strict << 2 | direction) << 10 | event << 4 | state]; with {@link activeBit}. */
  transitions: array(u8, 8192),
  /** An SCTP packet's event, by the type of its first chunk. */
  sctpEvents: array(u8, 256),
  events: array(u64, 32),

  /** Values of the tunables, by tunableIndex() (ipvs/tunables.ts). */
  tunables: array(u32, 64),
  /** How many records of services and servers have ever been used: nobody looks beyond. */
  servicesUsed: u32,
  serversUsed: u32,
  /** Counts the changes of services and servers: who remembers what it read asks whether that still holds. */
  changes: u32,
  /** Of so many new connections one is dropped; 0: none. The sweeper decides (defence.ts). */
  dropRate: u32,
  /** New connections since the last one that was dropped. */
  dropCounter: u32,
  /** 1 while the stricter table of TCP states holds. */
  secure: u32,
  /** 1 while the sweeper takes entries out that are not over. */
  dropEntries: u32,
  /** Entries that the sweeper found in use at its last walk through the table. */
  entriesUsed: u32,

  /** Which mark rules count: their block and their number (see marks.ts). */
  markList: u32,
  /** How many services take packets for other ports than their own: any port, or FTP's. */
  wildServices: u32,

  /** 0, or the tick until which packets are recorded (see recorder.ts): who records them puts it off again and again. */
  capturing: u32,
  /** How many bytes of a packet are recorded. */
  captureLength: u32,

  /** 0, or the tick until which nothing is directed (backup_only): the sync daemon puts it off again and again. */
  standBy: u32,
});
