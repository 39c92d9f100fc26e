import { IpvsError } from "../../ipvs/errors.js";
import { listBase, listHead, type Server } from "./layout.js";
import { ListArea } from "./list-area.js";
import { cursorOf, type ListChange, packState } from "./schedulers/cursor.js";
import { type ListedServer, schedulerOf } from "./schedulers/index.js";
import type { DirectorState } from "./state.js";

/** The indexes of a service's servers, newest first. */
export function readList(state: DirectorState, service: number): number[] {
  const { list } = state.services.at(service);
  const { words } = ListArea.of(state);
  const first = list + listHead.length;
  const servers: number[] = [];
  for (let at = first, end = first + words[list + listHead.count]!; at < end; at++) servers.push(words[at]!);
  return servers;
}

/**
 * Gives a service another list of servers: a new one is written beside the old, one store makes packets see it, and the old
 * one's place is used again only after all the others have been (packets that still read it are long through by then).
 * @throws IpvsError "memory" if there is no room; then nothing has changed
 */
export function writeList(
  state: DirectorState,
  service: number,
  servers: readonly number[],
  change: ListChange,
): void {
  const record = state.services.at(service);
  const area = ListArea.of(state);
  const before = record.list;
  const version = (area.words[before + listHead.version]! + 1) & 0xff;
  const id = change.kind === "scheduler" ? change.scheduler : record.scheduler;
  const scheduler = schedulerOf(id);
  const own = scheduler?.own?.(described(state, service, servers)) ?? [];
  const size = listHead.length + servers.length + own.length;
  const at = area.find(size);
  const block = new Uint32Array(size);
  block[listHead.size] = size;
  block[listHead.count] = servers.length;
  block[listHead.version] = version;
  block[listHead.scheduler] = id;
  block.set(servers, listHead.length);
  block.set(own, listHead.length + servers.length);
  area.words.set(block, at);

  if (change.kind === "scheduler") record.cache = nextCache(state);
  const place = new BigUint64Array(state.services.memory.buffer, stateOffset(state, service), 1);
  const old = Atomics.load(place, 0);
  area.announce();
  record.list = at;
  record.scheduler = id;
  if (before > 0) area.left(before);
  area.taken(at);
  const cursor =
    change.kind === "scheduler" ? scheduler?.begin?.(own) : scheduler?.follow?.(cursorOf(old), change, own);
  const next = packState(version, cursor ?? { place: 0, weight: 0 });
  // A packet may have begun on the new list already: then its state is the newer one.
  for (let seen = old; seen >> 56n !== BigInt(version); ) {
    const found = Atomics.compareExchange(place, 0, seen, next);
    if (found === seen) break;
    seen = found;
  }
}

/** Says that a service's list is no longer in use; call it when the service is gone. */
export function leaveList(state: DirectorState, service: number): void {
  const area = ListArea.of(state);
  area.announce();
  area.left(state.services.at(service).list);
}

/** Writes a service's list anew if it doesn't say of its servers what they are. */
export function rewriteIfWrong(state: DirectorState, service: number): void {
  const { list, scheduler } = state.services.at(service);
  const { words } = ListArea.of(state);
  const servers = readList(state, service);
  const own = schedulerOf(scheduler)?.own?.(described(state, service, servers)) ?? [];
  const first = list + listHead.length + servers.length;
  const there = words.subarray(first, list + words[list + listHead.size]!);
  const right = words[list + listHead.scheduler] === scheduler && there.length === own.length;
  if (right && there.every((word, i) => word === own[i])) return;
  try {
    writeList(state, service, servers, { kind: "edited" });
  } catch (error) {
    // No room: it stays as it is until something goes.
    if (!(error instanceof IpvsError)) throw error;
  }
}

/** Another number for each service that gets a scheduler. */
function nextCache(state: DirectorState): number {
  const { words } = ListArea.of(state);
  const next = (words[listBase.caches]! + 1) >>> 0;
  state.lists.setUint32(4 * listBase.caches, next, true);
  return next;
}

/** Servers as their scheduler is told of them. */
function described(state: DirectorState, service: number, servers: readonly number[]): ListedServer[] {
  const isIpv6 = state.services.at(service).family === 6;
  const { memory, struct } = state.servers;
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const at = (field: keyof (typeof Server)["shape"] & string) => struct.offsetOf(field);
  const [weight, lastWeight, address, port] = [at("weight"), at("lastWeight"), at("address"), at("port")];
  return servers.map((index) => {
    const record = state.servers.offset(index);
    const part = (i: number) => view.getUint32(record + address + 4 * i);
    return {
      weight: view.getUint32(record + weight, true),
      lastWeight: view.getUint32(record + lastWeight, true),
      folded: (isIpv6 ? part(0) ^ part(1) ^ part(2) ^ part(3) : part(0)) >>> 0,
      port: view.getUint16(record + port),
    };
  });
}

function stateOffset(state: DirectorState, service: number): number {
  const { struct, memory } = state.services;
  return memory.byteOffset + state.services.offset(service) + struct.offsetOf("state");
}
