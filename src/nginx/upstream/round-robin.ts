import { type Selection, toBackup } from "./group.js";
import type { Peer } from "./peer.js";
import { slowed } from "./slow-start.js";

/**
 * Chooses the next peer; the upstream's lock is held. undefined: there is no live one.
 * @param among what chooses of the backups, if not the same
 */
export type Choose = (selection: Selection, among?: Choose) => Peer | undefined;

/** Smooth weighted round robin (ngx_http_upstream_get_round_robin_peer); backups where no other may serve. */
export const roundRobin: Choose = (selection, among = roundRobin) => {
  const { group } = selection;
  let chosen: Peer | undefined;
  if (group.single) {
    const only = group.peers[0] as Peer;
    if (!only.down && !only.draining && only.healthy && !only.full) chosen = only;
  } else chosen = smooth(selection, () => true);
  if (chosen !== undefined) return chosen;
  return toBackup(selection) ? among(selection) : undefined;
};

/**
 * Each peer's current weight rises by its weight; the largest (of equals the first) is chosen, and falls by the sum of all. A peer that had failed
 * comes back by one of its weight a time.
 */
export function smooth(selection: Selection, belongs: (peer: Peer) => boolean): Peer | undefined {
  const { group, now } = selection;
  const { peers } = group;
  let best: Peer | undefined;
  let bestIndex = 0;
  let total = 0;
  for (let index = 0; index < peers.length; index++) {
    const peer = peers[index] as Peer;
    if (selection.tried[index] === 1 || !peer.mayServe(now) || !belongs(peer)) continue;
    total += rise(peer, selection.tenths);
    if (best === undefined || peer.currentWeight > best.currentWeight) {
      best = peer;
      bestIndex = index;
    }
  }
  if (best === undefined) return undefined;
  best.currentWeight -= total;
  selection.tried[bestIndex] = 1;
  best.noteTry(now);
  return best;
}

/** Gives by how much its current weight has risen. */
export function rise(peer: Peer, tenths: number): number {
  const weight = slowed(peer, tenths);
  peer.currentWeight += weight;
  if (peer.effectiveWeight < peer.fullWeight) peer.effectiveWeight += peer.scale;
  return weight;
}
