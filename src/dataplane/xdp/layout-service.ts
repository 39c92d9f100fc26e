import { be16, bytes, struct, u8, u32, u64 } from "../../asm/index.js";

/** Statistics. In the per-CPU array what was counted since the slot exists; elsewhere what is to be taken off or added. */
export const Statistics = struct("Statistics", {
  connections: u64,
  inPackets: u64,
  outPackets: u64,
  inBytes: u64,
  outBytes: u64,
});

/** What a record is used for. */
export const Use = { free: 0, live: 1, removed: 2 } as const;
/** What a removed server has as its service when that is gone too. */
export const noService = 0xffff_ffff;

/**
 * A virtual service. `state` belongs to its scheduler and moves by compare-and-swap (see schedulers/cursor.ts):
 *
 *      63       56 55             32 31                   0
 *     +-----------+-----------------+----------------------+
 *     | version of| index in the    | wrr: current weight  |
 *     | the list  | list to go on at|                      |
 *     +-----------+-----------------+----------------------+
 */
export const Service = struct(
  "Service",
  {
    use: u32,
    /** Its scheduler's number (see schedulers/index.ts). Packets read the one in the list's head. */
    scheduler: u32,
    /** Index of its list of servers in `lists`. */
    list: u32,
    flags: u32,
    state: u64,
    address: bytes(16, 4),
    port: be16,
    protocol: u8,
    family: u8,
    /** Persistence: how long a template lives (ticks), and which part of a client's address counts. */
    persistence: u32,
    /** 0, or the firewall mark that stands for address, port and protocol. */
    mark: u32,
    netmask: bytes(16, 4),
    /** Counts of servers that left, less those that servers had when they came (they may have been here before). */
    retired: Statistics,
    /** Number of its cache of destinations (see schedulers/destinations.ts); another one whenever it gets a scheduler. */
    cache: u32,
  },
  { size: 128 },
);

/** Bits of a service's flags; the lowest three are its scheduler's. */
export const ServiceFlag = { persistent: 0x10, onePacket: 0x20 } as const;

/**
 * A word of a server list. A list says which servers a service has, newest first, and what its scheduler wants to know of
 * them; it is written whole and never changed:
 *
 *      0        1        2          3            4                  4 + count        size
 *     +--------+--------+----------+------------+------ - - - -----+---- - - - -----+
 *     | size   | count  | version  | scheduler  | servers' indexes | the scheduler's|
 *     |        |        |          |            |                  | own words      |
 *     +--------+--------+----------+------------+------ - - - -----+---- - - - -----+
 */
export const ListWord = struct("ListWord", { value: u32 });
export const listHead = { size: 0, count: 1, version: 2, scheduler: 3, length: 4 } as const;
/** The first words hold no list: as a list, index 0 is an empty one without a scheduler. */
export const listBase = { changes: 0, caches: 4, length: 8 } as const;

/**
 * What a virtual service is found by; an IPv4 address fills the first four bytes. A firewall mark stands in the address,
 * in network order, with no port and no protocol and {@link markFamily} added to the family.
 */
export const ServiceKey = struct("ServiceKey", {
  address: bytes(16, 4),
  port: be16,
  protocol: u8,
  family: u8,
});
export const markFamily = 0x20;
export const ServiceNumber = struct("ServiceNumber", { index: u32 });
