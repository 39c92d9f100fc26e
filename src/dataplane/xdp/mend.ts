import { noService, Ready, ServiceNumber, Use } from "./layout.js";
import { readList, rewriteIfWrong } from "./server-list.js";
import { type DirectorState, tickNow } from "./state.js";

/**
 * Makes whole what was left half made, under the lock. The truth is in the order of stores: a service is one that the index
 * names, a server one that stands in such a service's list. All else was on its way in or out when its maker was killed, and
 * is out.
 */
export function mend(state: DirectorState): void {
  const living = serviceNumbers(state);
  const { servicesUsed, serversUsed } = state.settings;
  for (let index = 0; index < servicesUsed; index++) {
    const record = state.services.at(index);
    if (record.use === Use.live && !living.has(index)) record.use = Use.free;
  }
  const listed = new Set<number>();
  for (const index of living) for (const slot of readList(state, index)) listed.add(slot);
  for (let slot = 0; slot < serversUsed; slot++) {
    const record = state.servers.at(slot);
    if (record.use === Use.free) continue;
    if (!living.has(record.service)) record.service = noService;
    if (record.use === Use.live && !listed.has(slot)) {
      record.removedAt = tickNow();
      record.use = Use.removed;
      record.ready = Ready.removed;
    }
  }
  release(state, living.size);
  for (const index of living) rewriteIfWrong(state, index);
}

/** Gives the connections of removed servers to the host if there are no services left, and takes them back when there are. */
export function release(state: DirectorState, services: number): void {
  const ready = services === 0 ? Ready.released : Ready.removed;
  const { serversUsed } = state.settings;
  for (let slot = 0; slot < serversUsed; slot++) {
    const record = state.servers.at(slot);
    if (record.use === Use.removed) record.ready = ready;
  }
}

/** The indexes of the services that there are. */
export function serviceNumbers(state: DirectorState): Set<number> {
  const values = [...state.maps["service_index"]!.entries()].map(
    ([, value]) => ServiceNumber.over(value).index,
  );
  return new Set(values.sort((a, b) => a - b));
}
