import { array, bytes, struct, u8, u32, u64 } from "../../asm/index.js";
import { CaptureHead } from "./capture-record.js";

/** The most candidates of a choice that are told of; of the others it is told how many there are. */
export const mostCandidates = 16;
/** Bytes of a frame that are kept: as it came, and as it left, which may have an outer header more. */
export const cameBytes = 128;
export const leftBytes = 256;

/** What a record tells of: what is not named here has not happened, and its fields mean nothing. */
export const Stage = {
  /** The packet's flow was read. */
  flow: 1,
  /** An entry of the table was found for it, */
  found: 2,
  /** or made. */
  made: 4,
  /** The table was left with what `after` tells. */
  after: 8,
  /** A service was looked for. */
  service: 0x10,
  /** A template led to the server, which was there, */
  template: 0x20,
  /** or was made. */
  templateMade: 0x40,
  /** The scheduler was asked. */
  scheduled: 0x80,
  /** What was found is NAT's alias of the connection that `before` and `connection` tell of. */
  reply: 0x100,
} as const;

/** Bits of a candidate's flags. */
export const CandidateFlag = { overloaded: 1, remembered: 2 } as const;

/** A server as the scheduler was about to see it. */
export const Candidate = struct("Candidate", {
  server: u32,
  weight: u32,
  active: u32,
  inactive: u32,
  flags: u32,
});

/** An entry's word, when it ends (ticks), and how many packets there were. */
const Glance = struct("Glance", { word: u64, expires: u32, packets: u32 });
/** An entry's key. */
const Key = struct("TraceKey", { ports: u64, addresses: array(u64, 4) });

/** What a service's scheduler was asked, and what it answered. */
const Choice = struct("Choice", {
  /** The service's `state` (layout-service.ts). */
  before: u64,
  after: u64,
  scheduler: u32,
  /** The list of servers, how many it has, and its version. */
  list: u32,
  count: u32,
  version: u32,
  /** The request, as schedulers get it. */
  client: u32,
  destination: u32,
  port: u32,
  flags: u32,
  chosen: u32,
  /** The chosen one, also if it is none of the first. */
  winner: Candidate,
});

const Byte = struct("TraceByte", { value: u8 });

/**
 * A record of a packet's whole way. The candidates stand last: if the scheduler was not asked they are not sent.
 *
 *      0             48                                                            sent         sent + 16 candidates
 *     +-------------+--------+-------+-------+----------+--------+------+----------+------------+
 *     | as of a     | flow,  | before| after | template | choice | came | left     | candidates |
 *     | capture     | stages |       |       |          |        |      |          |            |
 *     +-------------+--------+-------+-------+----------+--------+------+----------+------------+
 */
export const TraceRecord = struct("TraceRecord", {
  head: CaptureHead,
  flow: Key,
  /** When its flow was read, in ticks, and what it does to its connection's state (transitions.ts). */
  tick: u32,
  event: u32,
  stages: u32,
  /** The service that was found, or noService. */
  service: u32,
  connection: Key,
  before: Glance,
  after: Glance,
  template: Key,
  templateExpires: u32,
  /** Ticks that it lives after each new connection, and how many it has. */
  templateLife: u32,
  templateUsers: u32,
  unused: u32,
  choice: Choice,
  came: array(Byte, cameBytes),
  left: array(Byte, leftBytes),
  candidates: array(Candidate, mostCandidates),
});

/** Where a CPU makes a record. */
export const Traced = struct("Traced", {
  /** 1 while a packet is followed. */
  pending: u32,
  /** Which second it is, roughly, and how many records there were in it. */
  window: u32,
  sent: u32,
  unused: u32,
  /** Packets that were not followed because there had been too many, and records that there was no room for. */
  limited: u64,
  lost: u64,
  record: TraceRecord,
});

/** What is to be followed, as the packet program asks it. Ports stand as in a header; 0 is any. */
export const TraceFilter = struct("TraceFilter", {
  /** Records in a second on a CPU. */
  limit: u32,
  /** 1: also what the director leaves to the host without having counted anything about it. */
  all: u32,
  protocol: u32,
  clientPort: u32,
  /** 0 (any client), 4 or 6. */
  clientFamily: u32,
  /** Whether a server is wanted, and a service. */
  byServer: u32,
  byService: u32,
  serverPort: u32,
  client: array(u64, 2),
  clientMask: array(u64, 2),
  server: bytes(16, 4),
  serviceAddress: bytes(16, 4),
  servicePort: u32,
  serviceProtocol: u32,
  serviceFamily: u32,
  unused: u32,
});
