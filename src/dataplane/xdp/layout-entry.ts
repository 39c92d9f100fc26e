import { array, be16, struct, u8, u16, u32, u64 } from "../../asm/index.js";

/**
 * An entry of the connection table, one cache line, for IPv4 and IPv6 alike:
 *
 *      0          8      10     12   13    14     16                48       52       56         60       62     64
 *     +----------+------+------+----+-----+------+-----------------+--------+--------+----------+--------+------+
 *     | word     | cl.  | vir. |pro-| fa- | zero | client, virtual | server | expires| reference| packets| its  |
 *     |          | port | port |to- | mily|      | address         |        | (ticks)|          |        | gen. |
 *     |          |      |      |col |     |      |                 |        |        |          |        |      |
 *     +----------+------+------+----+-----+------+-----------------+--------+--------+----------+--------+------+
 *
 * The key is the 40 bytes from the client's port on, compared as 64-bit numbers. IPv4 addresses stand side by side in the
 * first of the four addresses' words, as in the packet; the others are zero, and are not looked at. A server belongs to one
 * service, so the entry need not name it.
 *
 * Three things stand in the table. A *connection*'s reference is the template that led it to its server, if there was one
 * (flag `controlled`). An *alias* is keyed by what a server behind NAT answers (its address and port as "client", the
 * client's as "virtual"); its reference is the connection. A *template* (persistence) has a family of its own, the client's
 * network, and no client port; its reference counts its living connections, and in the place of packets and generation
 * stands how long it lives after each new one. A reference is a number (table.ts) with the lower half of the generation of
 * what it refers to.
 *
 * The word says what the entry is and changes by compare-and-swap only; who makes the change touches the counts:
 *
 *      63          32 31   24 23         8 7     4 3   2 1    0
 *     +--------------+-------+------------+-------+-----+------+
 *     | generation   | zero  | flags      | state | zero| kind |
 *     +--------------+-------+------------+-------+-----+------+
 */
export const Entry = struct(
  "Entry",
  {
    word: u64,
    clientPort: be16,
    virtualPort: be16,
    protocol: u8,
    family: u8,
    padding: array(u8, 2),
    /** IPv4: the client's address in the lower half, the virtual one in the upper half of the first. IPv6: two words each. */
    addresses: array(u64, 4),
    server: u32,
    expires: u32,
    reference: u32,
    /** Packets that came in, as many as fit. */
    packets: u16,
    referenceGeneration: u16,
  },
  { size: 64 },
);

/** What the lowest two bits of an entry's word say. One that has moved to another table says so for good (growth.ts). */
export const Kind = { free: 0, claimed: 1, live: 2, moved: 3, mask: 3 } as const;
export const stateShift = 4;
export const stateMask = 0xf0;
/** Bits of an entry's flags, at their place in the word. */
export const EntryFlag = {
  inactive: 0x100,
  /** The director doesn't see the answers (DR, TUN). */
  noOutput: 0x200,
  template: 0x400,
  alias: 0x800,
  /** A template led it to its server. */
  controlled: 0x1000,
  /** It goes to the port that the client named, not to the server's. */
  samePort: 0x2000,
  /** Packets are translated. */
  nat: 0x4000,
  /** Packets are wrapped for a tunnel. Like `nat` it holds as long as the connection, whatever its server is changed to. */
  tunnel: 0x8000,
  /** Another director told of it (sync-insert.ts). */
  synced: 0x10000,
} as const;
/** What is added to a template's family, so that no packet's flow finds it. */
export const templateFamily = 0x10;
/** The virtual and server port of a template whose server is gone: nobody finds it any more. */
export const invalidPort = 0xffff;
export const generation = 1n << 32n;

/** Where a connection can stand: two candidate buckets, four entries each. */
export const entriesPerBucket = 4;
export const Bucket = struct("Bucket", { entries: array(Entry, entriesPerBucket) });

/**
 * Where an entry went when its table grew: the number and the generation of the entry that took its place, and what of it
 * may have been changed since by who had found it before (growth.ts).
 */
export const Successor = struct(
  "Successor",
  { entry: u32, generation: u32, expires: u32, server: u32, reference: u64 },
  { size: 32 },
);
