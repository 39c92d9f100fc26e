import type { PlainStruct } from "../../asm/index.js";
import { type ConnectionEntry, type ServiceId, stateName } from "../../ipvs/model.js";
import { IpAddress } from "../../wire/address.js";
import { Entry, EntryFlag, invalidPort, Kind, type Server, stateShift } from "./layout.js";
import { addressIn, protocolNamed, serviceIdOf } from "./records.js";
import { type DirectorState, secondsBetween, tickNow } from "./state.js";

/** The living entries of the connection table, read from the memory that packets write: no system call, no order. */
export function* readConnections(state: DirectorState): Iterable<ConnectionEntry> {
  for (const { entry } of readEntries(state)) yield entry;
}

/** An entry, in which of the tables it lies, and where: in bytes from that table's beginning. */
export interface FoundEntry {
  readonly table: "connections" | "former";
  readonly at: number;
  readonly entry: ConnectionEntry;
}

/**
 * The same with where they lie. While the table grows the former one is read first: what is moved meanwhile would be missed
 * the other way round. Nothing is told twice.
 */
export function* readEntries(state: DirectorState): Iterable<FoundEntry> {
  state.refresh();
  const { former, connections } = state.maps;
  if (!former) {
    yield* entriesOf(state, "connections", state.tableMemory(connections!));
    return;
  }
  const memories = { former: state.tableMemory(former), connections: state.tableMemory(connections!) };
  const told = new Set<string>();
  for (const one of entriesOf(state, "former", memories.former)) {
    told.add(keyAt(memories.former, one.at));
    yield one;
  }
  for (const one of entriesOf(state, "connections", memories.connections))
    if (!told.has(keyAt(memories.connections, one.at))) yield one;
}

/** An entry's key as text. */
const keyAt = (memory: Uint8Array, at: number) =>
  Buffer.from(memory.subarray(at + Entry.offsetOf("clientPort"), at + Entry.offsetOf("server"))).toString(
    "latin1",
  );

function* entriesOf(
  state: DirectorState,
  table: FoundEntry["table"],
  memory: Uint8Array,
): Iterable<FoundEntry> {
  const words = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const now = tickNow();
  for (let at = 0; at < memory.length; at += Entry.size) {
    const word = words.getUint32(at, true);
    if ((word & Kind.mask) !== Kind.live) continue;
    const entry = Entry.over(memory, at);
    const expires = secondsBetween(now, entry.expires);
    if (expires < 0) continue;
    if ((word & EntryFlag.alias) !== 0) continue;
    yield { table, at, entry: connectionOf(state, entry, word, Math.floor(expires)) };
  }
}

type EntryRecord = PlainStruct<(typeof Entry)["shape"]>;
type ServerRecord = PlainStruct<(typeof Server)["shape"]>;

function connectionOf(
  state: DirectorState,
  entry: EntryRecord,
  word: number,
  expires: number,
): ConnectionEntry {
  const server = state.servers.at(entry.server);
  const template = (word & EntryFlag.template) !== 0;
  const protocol = protocolNamed(entry.protocol) ?? "ip";
  const family = entry.family & 0xf;
  const { client, virtual } = addressesOf(entry, family);
  const { virtualPort } = entry;
  // A template that is nobody's any more, one for all ports, a connection that keeps the port it was sent to.
  const takesPort = template
    ? virtualPort === 0 || virtualPort === invalidPort
    : (word & EntryFlag.samePort) !== 0;
  return {
    protocol,
    state: stateName(protocol, (word >> stateShift) & 15, template),
    expires,
    client: { address: client, port: entry.clientPort },
    virtual: { address: virtual, port: virtualPort },
    server: {
      address: addressIn(server.address, server.family),
      port: takesPort ? virtualPort : server.port,
    },
    template,
    service: serviceOf(server),
  };
}

const serviceOf = (server: ServerRecord): ServiceId =>
  serviceIdOf({
    address: server.serviceAddress,
    port: server.servicePort,
    protocol: server.serviceProtocol,
    family: server.serviceFamily,
  });

/** An entry's two addresses. */
export function addressesOf(entry: EntryRecord, family: number): { client: IpAddress; virtual: IpAddress } {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of entry.addresses.entries()) view.setBigUint64(8 * i, word, true);
  const size = family === 6 ? 16 : 4;
  return {
    client: IpAddress.fromBytes(bytes.slice(0, size)),
    virtual: IpAddress.fromBytes(bytes.slice(size, 2 * size)),
  };
}
