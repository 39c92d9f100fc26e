import type { Peer } from "./peer.js";

/** A peer's weight now: one that starts slowly has a share of it that rises over `slow_start`. `tenths`: of a second. */
export function slowed(peer: Peer, tenths: number): number {
  const from = peer.slowFrom;
  if (from === 0) return peer.effectiveWeight;
  const whole = peer.server.slowStartMs / 100;
  const gone = tenths - from;
  if (gone >= whole) {
    peer.slowFrom = 0;
    return peer.effectiveWeight;
  }
  return Math.min(peer.effectiveWeight, Math.max(1, Math.floor((peer.fullWeight * gone) / whole)));
}

/** It has come back: from now on its weight rises. */
export function beginSlowly(peer: Peer, tenths: number): void {
  if (peer.server.slowStartMs > 0) peer.slowFrom = tenths;
}
