import type { PlainStruct } from "../../asm/index.js";
import { type Endpoint, type Protocol, type ServiceId, stateName } from "../../ipvs/model.js";
import { IpAddress } from "../../wire/address.js";
import { type CapturedPacket, type CapturedServer, decisionIn, serverAt } from "./capture.js";
import { CaptureHead } from "./capture-record.js";
import { EntryFlag, listHead, noService, stateMask, stateShift } from "./layout.js";
import { protocolNamed, serviceIdOf } from "./records.js";
import { nobody, schedulerName } from "./schedulers/index.js";
import { type DirectorState, secondsBetween } from "./state.js";
import { type Asked, type Choice, choiceOf, type TracedCandidate } from "./trace-choice.js";
import { type Candidate, CandidateFlag, mostCandidates, Stage, TraceRecord } from "./trace-record.js";

/** Two ends of a flow, as a packet from a client has them. */
export interface TracedFlow {
  readonly protocol: Protocol | "ip";
  readonly client: Endpoint;
  readonly virtual: Endpoint;
}

/** An entry of the connection table at a moment. */
export interface TracedEntry {
  /** As ipvsadm shows it. */
  readonly state: string;
  readonly active: boolean;
  /** Until it ends, from when the packet came on. */
  readonly seconds: number;
}

/** A packet that was followed through the director. */
export interface TracedPacket extends CapturedPacket {
  /** As the packet has it: of a server's reply the "client" is the server. Absent for ICMP and for what can't be read. */
  readonly flow?: TracedFlow;
  /** The connection that it belongs to, as its client sees it. */
  readonly connection?: TracedFlow;
  /** What there was in the table: a connection, nothing, or one in whose place another was made. */
  readonly entry: "none" | "found" | "made" | "renewed";
  readonly before?: TracedEntry;
  readonly after?: TracedEntry;
  /** The service that a packet without connection is for; undefined if none wants it, absent if none was looked for. */
  readonly service?: { readonly id: ServiceId | undefined };
  readonly template?: TracedTemplate;
  readonly choice?: Choice;
}

/** A template of persistence that led a connection to its server. */
export interface TracedTemplate {
  /** Whether it was made by this packet. */
  readonly made: boolean;
  /** The network that it is for, as its first address, and the virtual end; port 0: any. */
  readonly client: IpAddress;
  readonly virtual: Endpoint;
  /** Seconds that it lives after this connection. */
  readonly seconds: number;
  /** Connections that it had before. */
  readonly connections: number;
}

type Read = PlainStruct<(typeof TraceRecord)["shape"]>;
type Key = { ports: bigint; addresses: readonly bigint[] };

/** Reads a record of the packet program; `offset` is what its clock is less than nanoseconds since 1970. */
export function readTrace(state: DirectorState, bytes: Buffer, offset: bigint): TracedPacket {
  // Without candidates it is shorter.
  const memory = new Uint8Array(TraceRecord.size);
  memory.set(bytes);
  const record = TraceRecord.over(memory);
  const head = CaptureHead.over(memory);
  const has = (stage: number) => (record.stages & stage) !== 0;
  const frame = (field: "came" | "left", length: number, present: number) => {
    const from = TraceRecord.offsetOf(field);
    return { length, bytes: memory.slice(from, from + present) };
  };
  const flow = has(Stage.flow) ? flowIn(record.flow) : undefined;
  const found = has(Stage.found);
  const made = has(Stage.made);
  const connection = found && !made ? flowIn(record.connection) : flow;
  return {
    ...decisionIn(state, head, offset),
    came: frame("came", head.length, head.present),
    ...(head.leftLength > 0 && { left: frame("left", head.leftLength, head.leftPresent) }),
    ...(flow && { flow }),
    ...(connection && { connection }),
    entry: made ? (found ? "renewed" : "made") : found ? "found" : "none",
    ...(found && flow && { before: entryIn(record.before, flow.protocol, record.tick) }),
    ...((has(Stage.after) || made) && flow && { after: entryIn(record.after, flow.protocol, record.tick) }),
    ...(has(Stage.service) && { service: { id: serviceIn(state, record.service) } }),
    ...(has(Stage.template | Stage.templateMade) && {
      template: templateIn(record, has(Stage.templateMade)),
    }),
    ...(has(Stage.scheduled) && { choice: choiceIn(state, record) }),
  };
}

function flowIn({ ports, addresses }: Key): TracedFlow {
  const low = Number(ports & 0xffff_ffffn);
  const high = Number(ports >> 32n);
  const host = (raw: number) => ((raw & 0xff) << 8) | (raw >> 8);
  const [client, virtual] = endsIn(addresses, (high >> 8) & 0xf) as [IpAddress, IpAddress];
  return {
    protocol: protocolNamed(high & 0xff) ?? "ip",
    client: { address: client, port: host(low & 0xffff) },
    virtual: { address: virtual, port: host(low >>> 16) },
  };
}

function endsIn(addresses: readonly bigint[], family: number): IpAddress[] {
  const bytes = Buffer.alloc(32);
  for (const [i, word] of addresses.entries()) bytes.writeBigUInt64LE(word, 8 * i);
  const size = family === 6 ? 16 : 4;
  return [0, size].map((from) => IpAddress.fromBytes(Uint8Array.from(bytes.subarray(from, from + size))));
}

function entryIn({ word, expires }: Read["before"], protocol: Protocol | "ip", tick: number): TracedEntry {
  const low = Number(word & 0xffff_ffffn);
  return {
    state: stateName(protocol, (low & stateMask) >> stateShift, false),
    active: (low & EntryFlag.inactive) === 0,
    seconds: secondsBetween(tick, expires),
  };
}

function serviceIn(state: DirectorState, index: number): ServiceId | undefined {
  return index === noService ? undefined : serviceIdOf(state.services.at(index));
}

function templateIn(record: Read, made: boolean): TracedTemplate {
  const { client, virtual } = flowIn(record.template);
  return {
    made,
    client: client.address,
    virtual,
    seconds: secondsBetween(record.tick, record.templateExpires),
    connections: record.templateUsers,
  };
}

function choiceIn(state: DirectorState, record: Read): Choice {
  const { choice, candidates } = record;
  const told = (candidate: PlainStruct<(typeof Candidate)["shape"]>): TracedCandidate | undefined => {
    const server: CapturedServer | undefined = serverAt(state, candidate.server);
    const { weight, active, inactive, flags } = candidate;
    return (
      server && {
        index: candidate.server,
        server,
        weight,
        active,
        inactive,
        overloaded: (flags & CandidateFlag.overloaded) !== 0,
        remembered: (flags & CandidateFlag.remembered) !== 0,
      }
    );
  };
  const listed = candidates
    .slice(0, Math.min(choice.count, mostCandidates))
    .flatMap((candidate) => told(candidate) ?? []);
  // What was read before the choice says whether it was remembered; afterwards it always is.
  const winner =
    choice.chosen === nobody
      ? undefined
      : (listed.find(({ index }) => index === choice.chosen) ?? told(choice.winner));
  return choiceOf({
    scheduler: schedulerName(choice.scheduler),
    count: choice.count,
    version: choice.version,
    before: choice.before,
    request: { client: choice.client, destination: choice.destination, port: choice.port },
    flags: choice.flags,
    candidates: listed,
    ...(winner && { winner }),
    own: ownWords(state, choice),
  });
}

/** The scheduler's own words of the list that it read, unless that has been replaced. */
function ownWords({ lists }: DirectorState, { list, count, version }: Read["choice"]): Asked["own"] {
  const word = (index: number) =>
    4 * index < lists.byteLength ? lists.getUint32(4 * index, true) : undefined;
  const isStill = word(list + listHead.version) === version && word(list + listHead.count) === count;
  const own = list + listHead.length + count;
  return (index) => (isStill ? word(own + index) : undefined);
}
