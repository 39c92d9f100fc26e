import { IpvsError } from "../../ipvs/errors.js";
import { listHead, schedulerIds, Use } from "./layout.js";
import { capacity } from "./maps.js";
import type { DirectorState } from "./state.js";

/** What happened to a service's list, which its scheduler's state has to follow. */
export type ListChange =
  | { readonly kind: "added" }
  | { readonly kind: "removed"; readonly place: number }
  | { readonly kind: "edited" }
  | { readonly kind: "scheduler" };

const word = (state: DirectorState, index: number) => state.lists.getUint32(4 * index, true);

/** The indexes of a service's servers, newest first. */
export function readList(state: DirectorState, service: number): number[] {
  const { list } = state.services.at(service);
  if (list === 0) return [];
  const count = word(state, list + listHead.count);
  return Array.from({ length: count }, (_, i) => word(state, list + listHead.length + i));
}

/**
 * Gives a service another list of servers: a new one is written beside the old, one store makes packets see it, and the old
 * one's place is used again only after all the others have been (packets that still read it are long through by then).
 */
export function writeList(
  state: DirectorState,
  service: number,
  servers: readonly number[],
  change: ListChange,
): void {
  const record = state.services.at(service);
  const version = record.list === 0 ? 1 : (word(state, record.list + listHead.version) + 1) & 0xff;
  const { maximum, divisor } = measure(state, servers);
  const at = room(state, listHead.length + servers.length);
  const put = (index: number, value: number) => state.lists.setUint32(4 * (at + index), value, true);
  put(listHead.count, servers.length);
  put(listHead.version, version);
  put(listHead.maximum, maximum);
  put(listHead.divisor, divisor);
  for (const [i, index] of servers.entries()) put(listHead.length + i, index);

  const before = new BigUint64Array(state.services.memory.buffer, stateOffset(state, service), 1);
  const old = Atomics.load(before, 0);
  record.list = at;
  const next = followed(old, record.scheduler, change, { version, maximum, divisor });
  // A packet may have begun on the new list already: then its state is the newer one.
  for (let seen = old; seen >> 56n !== BigInt(version); ) {
    const found = Atomics.compareExchange(before, 0, seen, next);
    if (found === seen) break;
    seen = found;
  }
}

/** Writes a service's list anew if it doesn't say of its servers' weights what they are. */
export function rewriteIfWrong(state: DirectorState, service: number): void {
  const { list } = state.services.at(service);
  const servers = readList(state, service);
  const { maximum, divisor } = measure(state, servers);
  if (word(state, list + listHead.maximum) === maximum && word(state, list + listHead.divisor) === divisor)
    return;
  writeList(state, service, servers, { kind: "edited" });
}

/** What wrr knows of its servers: the largest weight, less what makes its steps end at one; and the steps. */
function measure(state: DirectorState, servers: readonly number[]): { maximum: number; divisor: number } {
  const weights = servers.map((index) => state.servers.at(index).weight).filter((weight) => weight > 0);
  if (weights.length === 0) return { maximum: 0, divisor: 1 };
  const divisor = weights.reduce(commonDivisor, 0);
  const largest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  return { maximum: largest - (divisor - 1), divisor };
}

function stateOffset(state: DirectorState, service: number): number {
  const { struct, memory } = state.services;
  return memory.byteOffset + state.services.offset(service) + struct.offsetOf("state");
}

/** The scheduler's state for the new list, as the kernel's schedulers follow a change (ip_vs_rr.c, ip_vs_wrr.c). */
function followed(
  old: bigint,
  scheduler: number,
  change: ListChange,
  list: { version: number; maximum: number; divisor: number },
): bigint {
  let place = Number((old >> 32n) & 0xff_ffffn);
  let weight = Number(old & 0xffff_ffffn);
  if (change.kind === "scheduler") {
    place = 0;
    weight = list.maximum;
  } else if (scheduler === schedulerIds.rr) {
    // The next server in turn stays the next one.
    if (change.kind === "added" && place > 0) place++;
    if (change.kind === "removed" && change.place < place) place--;
  } else {
    place = 0;
    if (weight > list.maximum || weight === 0) weight = list.maximum;
    else if (list.divisor > 1) weight = Math.floor(weight / list.divisor) * list.divisor + 1;
  }
  return (BigInt(list.version) << 56n) | (BigInt(place) << 32n) | BigInt(weight);
}

/** Finds room for so many words that no service's list takes, from where the last one was written. */
function room(state: DirectorState, words: number): number {
  const taken: { from: number; to: number }[] = [{ from: 0, to: 1 }]; // 0 means: no list
  for (let i = 0; i < capacity.services; i++) {
    const { use, list } = state.services.at(i);
    if (use === Use.live && list > 0)
      taken.push({ from: list, to: list + listHead.length + word(state, list) });
  }
  taken.sort((a, b) => a.from - b.from);
  const from = state.settings.listCursor;
  for (const start of [from, 1]) {
    let at = start;
    for (const one of taken) {
      if (one.to <= at) continue;
      if (one.from >= at + words) break;
      at = one.to;
    }
    if (at + words <= capacity.listWords) {
      state.settings.listCursor = at + words;
      return at;
    }
  }
  throw new IpvsError("memory");
}

function commonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
