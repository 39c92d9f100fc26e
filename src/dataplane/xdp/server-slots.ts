import { IpvsError } from "../../ipvs/errors.js";
import type { Counters, ServerId } from "../../ipvs/model.js";
import { counted, difference, sinceZeroed } from "./counters.js";
import { noService, Ready, Server, Use } from "./layout.js";
import { zeroRates } from "./rates.js";
import { RecordIndex } from "./record-index.js";
import { padded } from "./records.js";
import { type DirectorState, secondsBetween, tickNow } from "./state.js";

/** Seconds that a deleted server is remembered: until then it comes back with its counters (IP_VS_DEST_TRASH_PERIOD). */
const trashPeriod = 120;
/** Milliseconds until slots of servers that are forgotten are looked for again. */
const forgottenPeriod = 1000;

const addressOffset = Server.offsetOf("address");
const portOffset = Server.offsetOf("port");
const familyOffset = Server.offsetOf("family");
const lastLooks = new WeakMap<RecordIndex, number>();

/**
 * A slot for a server that comes to a service: the one it had if it was here not long ago, with its connections and counters;
 * else a free one.
 * @throws IpvsError "memory"
 */
export function takeSlot(state: DirectorState, service: number, server: ServerId): number {
  const index = RecordIndex.of(state);
  const before = index.returning(service, server);
  if (before !== undefined && !freeIfForgotten(state, before)) {
    index.serverBack(before);
    comeBack(state, before, service);
    return before;
  }
  const free = index.takeFreeServer() ?? takeForgotten(state);
  const slot = free ?? index.takeNewServer();
  if (slot === undefined) throw new IpvsError("memory");
  begin(state, slot, service, server);
  // One that nobody ever had has counted nothing.
  if (free !== undefined) zeroSlot(state, slot);
  return slot;
}

/** The slot of a server among those of a list. */
export function findSlot(
  state: DirectorState,
  list: readonly number[],
  { address, port }: ServerId,
): number | undefined {
  const { memory } = state.servers;
  const { family, bytes } = address;
  // From its end: neighbours have the beginning of their addresses in common.
  return list.find((slot) => {
    const at = slot * Server.size;
    for (let i = bytes.length - 1; i >= 0; i--) if (memory[at + addressOffset + i] !== bytes[i]) return false;
    const ownPort = (memory[at + portOffset]! << 8) | memory[at + portOffset + 1]!;
    return ownPort === port && memory[at + familyOffset] === family;
  });
}

/** Marks a server as removed: its connections fall silent. */
export function removeSlot(state: DirectorState, slot: number): void {
  const record = state.servers.at(slot);
  record.removedAt = tickNow();
  record.use = Use.removed;
  record.ready = Ready.removed;
  RecordIndex.of(state).serverRemoved(slot);
}

/** Lets the removed servers of a service that goes have no service. */
export function orphanSlots(state: DirectorState, service: number): void {
  for (const slot of RecordIndex.of(state).removedOf(service)) state.servers.at(slot).service = noService;
}

/** What a server counted since it was zeroed. */
export const countedBy = (state: DirectorState, slot: number): Counters =>
  sinceZeroed(state, slot, (server) => counted(state, server));

/** Lets a server's counters and rates begin at zero. */
export function zeroSlot(state: DirectorState, slot: number): void {
  const before = counted(state, slot);
  state.servers.at(slot).baseline = before;
  zeroRates(state, slot, before);
}

/** Back in the same service it counts on; in one that was made anew it begins at zero, as the kernel has it. */
function comeBack(state: DirectorState, slot: number, service: number): void {
  const record = state.servers.at(slot);
  const owner = state.services.at(service);
  if (record.service === service) owner.retired = difference(owner.retired, countedBy(state, slot));
  else zeroSlot(state, slot);
  record.service = service;
}

function begin(state: DirectorState, slot: number, service: number, server: ServerId): void {
  const record = state.servers.at(slot);
  const owner = state.services.at(service);
  const at = state.servers.offset(slot);
  const stamp = record.stamp + 1;
  state.servers.memory.fill(0, at, at + state.servers.struct.size);
  record.stamp = stamp;
  record.service = service;
  record.address = padded(server.address);
  record.port = server.port;
  record.family = server.address.family;
  record.serviceAddress = owner.address;
  record.servicePort = owner.port;
  record.serviceProtocol = owner.protocol;
  record.serviceFamily = owner.family;
}

/** Frees a removed server's slot if nothing refers to it and its time is over. */
function freeIfForgotten(state: DirectorState, slot: number): boolean {
  const record = state.servers.at(slot);
  const idle = record.active + record.inactive + record.persistent === 0;
  if (!idle || secondsBetween(record.removedAt, tickNow()) <= trashPeriod) return false;
  record.use = Use.free;
  RecordIndex.of(state).serverFreed(slot);
  return true;
}

/** A slot of a removed server whose time is over; they are looked for now and then. */
function takeForgotten(state: DirectorState): number | undefined {
  const index = RecordIndex.of(state);
  const now = Date.now();
  if (now - (lastLooks.get(index) ?? 0) < forgottenPeriod) return undefined;
  lastLooks.set(index, now);
  for (const slot of [...index.removed()]) freeIfForgotten(state, slot);
  return index.takeFreeServer();
}
