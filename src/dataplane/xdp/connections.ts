import type { PlainStruct } from "../../asm/index.js";
import { type ConnectionEntry, type ServiceId, tcpStates } from "../../ipvs/model.js";
import { IpAddress } from "../../wire/address.js";
import { Entry, Kind, type Server, stateShift } from "./layout.js";
import { type DirectorState, secondsBetween, tickNow } from "./state.js";

/** The living entries of the connection table, read from the memory that packets write: no system call, no order. */
export function* readConnections(state: DirectorState): Iterable<ConnectionEntry> {
  for (const { entry } of readEntries(state)) yield entry;
}

/** The same with where they lie, in bytes from the table's beginning. */
export function* readEntries(state: DirectorState): Iterable<{ at: number; entry: ConnectionEntry }> {
  const memory = state.maps["connections"]!.memory().bytes;
  const words = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const now = tickNow();
  for (let at = 0; at < memory.length; at += Entry.size) {
    const word = words.getUint32(at, true);
    if ((word & Kind.mask) !== Kind.live) continue;
    const entry = Entry.over(memory, at);
    const expires = secondsBetween(now, entry.expires);
    if (expires < 0) continue;
    const server = state.servers.at(entry.server);
    const connection: ConnectionEntry = {
      protocol: "tcp",
      state: tcpStates[(word >> stateShift) & 15] ?? "NONE",
      expires: Math.floor(expires),
      client: { address: fromNumber(entry.client), port: entry.clientPort },
      virtual: { address: fromNumber(entry.virtual), port: entry.virtualPort },
      server: { address: IpAddress.fromBytes(server.address.subarray(0, 4)), port: server.port },
      template: false,
      service: serviceOf(server),
    };
    yield { at, entry: connection };
  }
}

function serviceOf(server: PlainStruct<(typeof Server)["shape"]>): ServiceId {
  const address = IpAddress.fromBytes(server.serviceAddress.subarray(0, 4));
  return { kind: "address", protocol: "tcp", address, port: server.servicePort };
}

const fromNumber = (value: number): IpAddress =>
  IpAddress.fromBytes(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
