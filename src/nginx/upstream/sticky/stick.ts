import type { Selection } from "../group.js";
import type { Peer } from "../peer.js";
import { type Choose, rise } from "../round-robin.js";
import { serverId } from "./server-id.js";

/**
 * The server that a client is to come back to, where it may serve (also one that drains, which gets no others); otherwise as the algorithm says
 * (ngx_http_upstream_get_rr_peer_by_sid).
 * @param weighs the algorithm is round robin: who comes back counts there, too
 */
export function stickTo(id: string, choose: Choose, weighs: boolean): Choose {
  const stick: Choose = (selection) => {
    const index = selection.group.peers.findIndex((peer) => serverId(peer) === id);
    const peer = selection.group.peers[index];
    if (peer === undefined || selection.tried[index] === 1 || !peer.mayServeItsOwn(selection.now))
      return choose(selection, stick);
    if (weighs && !selection.group.single) weigh(selection, peer);
    selection.tried[index] = 1;
    peer.noteTry(selection.now);
    return peer;
  };
  return stick;
}

/** Round robin goes on as if it had chosen the peer, but for one that is that far ahead that all others have their turn first. */
function weigh({ group, now, tenths, tried }: Selection, chosen: Peer): void {
  if (chosen.currentWeight <= -(group.totalWeight - chosen.server.weight) * chosen.scale) return;
  let total = 0;
  group.peers.forEach((peer, at) => {
    if (tried[at] !== 1 && peer.mayServe(now)) total += rise(peer, tenths);
  });
  chosen.currentWeight -= total;
}
