import { array, be16, bytes, struct, timer, u8, u16, u32, u64 } from "../../asm/index.js";

/**
 * The state that packet programs and control plane share. It never depends on the configuration: programs come and go, the
 * maps with these structs in them stay. {@link layoutVersion} changes when a struct does.
 *
 * Time is counted in ticks of 2^24 ns (16.8 ms) since the machine started, in 32 bits that wrap after 2.2 years.
 */
export const layoutVersion = 5;

export const tickShift = 24;
export const ticks = (seconds: number): number => Math.round((seconds * 1e9) / 2 ** tickShift);
export const seconds = (ticks: number): number => (ticks * 2 ** tickShift) / 1e9;

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
});

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
 * Whether packets can be sent to a server now. Those of a removed server's connections are dropped, unless there is no
 * service left at all ("released"): then they are the host's, as when the kernel's IPVS has taken its hooks away.
 */
export const Ready = {
  unknown: 0,
  yes: 1,
  notOurs: 2,
  noRoute: 3,
  removed: 4,
  released: 5,
  /** There is a route, but nobody answers who has the next address on it. */
  noNeighbour: 6,
} as const;

/** Forwarding methods, by the kernel's numbers (IP_VS_CONN_F_FWD_MASK). */
export const Method = { masq: 0, local: 1, tunnel: 2, droute: 3 } as const;

/** Bits of a server's flags. */
export const ServerFlag = { overloaded: 1 } as const;

/** How packets are wrapped for a server behind a tunnel (IP_VS_CONN_F_TUNNEL_TYPE_*, include/uapi/linux/ip_vs.h). */
export const TunnelType = { ipip: 0, gue: 1, gre: 2 } as const;
/** Whether a tunnel's header has a checksum: over the whole packet, or (GUE) left to the receiver to complete. */
export const TunnelFlag = { checksum: 1, remoteChecksum: 2 } as const;

export const NextHop = struct("NextHop", { destination: bytes(6, 2), source: bytes(6, 2) });

/**
 * A real server. The first line is what every packet reads: how to reach it, found anew when `checked` is more than a
 * second old.
 */
export const Server = struct(
  "Server",
  {
    ready: u32,
    checked: u32,
    device: u32,
    /** Destination and source MAC, as they stand in the frame. */
    nextHop: NextHop,
    /** The longest packet that can be sent there in a tunnel: `mtu` less what that adds. Nothing shorter is too long. */
    limit: u32,
    address: bytes(16, 4),
    service: u32,
    port: be16,
    method: u8,
    family: u8,
    use: u32,

    weight: u32,
    flags: u32,
    active: u32,
    inactive: u32,
    persistent: u32,
    upperThreshold: u32,
    lowerThreshold: u32,
    /** When it was removed, in ticks. */
    removedAt: u32,
    /** The service it belongs or belonged to, also after that is gone. */
    serviceAddress: bytes(16, 4),
    servicePort: be16,
    serviceProtocol: u8,
    serviceFamily: u8,
    /** The director's own address towards it, for the outer header of a tunnel. */
    tunnelSource: bytes(16, 4),
    /** See {@link TunnelType} and {@link TunnelFlag}; the port is GUE's, and a tunnel only if the method is. */
    /** The method that it was given; `method` says what is done: a server on this host is reached by its stack. */
    configured: u8,
    tunnelType: u8,
    tunnelFlags: u8,
    tunnelPort: be16,
    /** The largest packet that the way to it takes: an IP header and all that follows. */
    mtu: u32,
    /** What the route to it says beside the device (0: nothing), of which the look-up in the packet plane doesn't tell. */
    routeMtu: u32,
    /** What a router within the tunnel to it told (0: nothing), and until when that is believed, in ticks. */
    pathMtu: u32,
    pathMtuUntil: u32,
    /** What its statistics were when they were last set to zero. */
    baseline: Statistics,
    /** The last weight that was not 0, or the one that it came with. */
    lastWeight: u32,
    /** Counts the servers that had this slot: what remembers one of them sees whether it is still the same. */
    stamp: u32,
    /** 0, or since when its neighbour is being asked for without an answer, in ticks. */
    silentSince: u32,
  },
  { size: 256 },
);

/** What lblc and lblcr find the servers of a destination by: the number of the service's cache, and the address. */
export const DestinationKey = struct("DestinationKey", {
  cache: u32,
  /** The scheduler's number: each has an age of its own at which it forgets. */
  scheduler: u32,
  address: bytes(16, 4),
});

/**
 * The servers of a destination, for lblc the first member alone. A member is a server's index in the lower half, and in the
 * upper one the server's stamp combined with the number of the cache: it counts only as long as both are the same.
 */
export const Destination = struct("Destination", {
  /** Ticks. */
  lastUse: u32,
  /** When a member came or went. */
  changed: u32,
  members: array(u64, 32),
});

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

/**
 * A server's rates: what all CPUs had counted when the sweeper looked last, and the averages since, per second in fixed
 * point: connections and packets times 2^10, bytes times 2^5 (net/netfilter/ipvs/ip_vs_est.c).
 */
export const Rate = struct("Rate", { last: Statistics, average: Statistics }, { size: 128 });

/** A flow on its way to a subprogram, and what comes back. */
export const Attempt = struct("Attempt", {
  ports: u64,
  addresses: array(u64, 4),
  hash: u64,
  tick: u32,
  /** What the packet does to its connection's state (transitions.ts). */
  event: u32,
  /** In: the entry that was found, if there was one. Out: the entry that holds now. */
  entry: u32,
  /** The generation of the entry that was made for it. */
  generation: u32,
  /** The chosen server. */
  server: u32,
  /** What becomes of the packet if that is the outcome. */
  verdict: u32,
  /** The template that led there, and its generation, or {@link noTemplate}. */
  template: u32,
  templateGeneration: u32,
  /** The port, as it stands in a header, to which a packet goes that no entry is made for. */
  port: u32,
  /** Bytes of a fragment that its whole packet has only once, in the first one: they are not counted. */
  repeated: u32,
});

/** What the sweeper keeps between two ticks: the kernel's timer, and where it is. */
export const Sweep = struct("Sweep", {
  timer,
  /** The bucket to go on at, and how many entries were in use so far. */
  position: u32,
  used: u32,
  /** The server to estimate next, and when (ns) this round began. */
  estimated: u32,
  /** Ticks of the sweeper since defences were looked at. */
  sinceDefence: u32,
  estimatingSince: u64,
  /** Which of 32 buckets loses entries at present, while dropEntries says so. */
  victims: u32,
  /** Ticks of the sweeper since destinations were forgotten, and how many were left. */
  sinceForgetting: u32,
  destinations: u32,
  unused: u32,
  /** By a connection's packets: how many more such connections are let be (ip_vs_conn.c, todrop_entry). */
  spared: array(u32, 16),
});

/** What the fragments of a packet have in common. Addresses as in an {@link Entry}; the identification as it stands there. */
export const FragmentKey = struct("FragmentKey", {
  addresses: array(u64, 4),
  identification: u32,
  /** 0 with IPv6, where only the first fragment tells it (RFC 8200, section 4.5). */
  protocol: u8,
  family: u8,
  padding: array(u8, 2),
});

/** What the first fragment of a packet has left for the others. */
export const FragmentRecord = struct("FragmentRecord", {
  /** Its ports with protocol and family, as a flow has them. */
  ports: u64,
  /** When it came, in ticks. */
  seen: u32,
  /** The server of a packet without connection, and its stamp; else noServer. */
  server: u32,
  stamp: u32,
  padding: u32,
});
export const noServer = 0xffff_ffff;

/** What a CPU may still insert: 60 for each new connection (admission.ts). */
export const Allowance = struct("Allowance", { tick: u32, left: u32 });

/** The kernel's struct bpf_fib_lookup (include/uapi/linux/bpf.h). */
export const FibLookup = struct("FibLookup", {
  family: u8,
  protocol: u8,
  sourcePort: be16,
  destinationPort: be16,
  /** In the question a packet's length (0: none), in the answer, if there was one, the MTU of the way. */
  length: u16,
  device: u32,
  typeOfService: u32,
  source: bytes(16, 4),
  destination: bytes(16, 4),
  vlan: u32,
  sourceMac: bytes(6, 2),
  destinationMac: bytes(6, 2),
});
