import { type Selection, toBackup } from "./group.js";
import type { Peer } from "./peer.js";
import { type Choose, rise, roundRobin } from "./round-robin.js";

/** Fewest connections for its weight; of several such by smooth weighted round robin (ngx_http_upstream_least_conn_module). */
export const leastConn: Choose = (selection, among = leastConn) => {
  if (selection.group.single) return roundRobin(selection, among);
  const index = indexOfLeast(selection);
  if (index < 0) return toBackup(selection) ? among(selection) : undefined;
  const peer = selection.group.peers[index] as Peer;
  peer.noteTry(selection.now);
  selection.tried[index] = 1;
  return peer;
};

function mayServe(selection: Selection, index: number): boolean {
  return (
    selection.tried[index] === 0 && (selection.group.peers[index] as Peer).mayServe(selection.now) === true
  );
}

function indexOfLeast(selection: Selection): number {
  const { peers } = selection.group;
  let first = -1;
  let several = false;
  for (let index = 0; index < peers.length; index++) {
    if (!mayServe(selection, index)) continue;
    const order = first < 0 ? -1 : compareLoad(peers[index] as Peer, peers[first] as Peer);
    if (order < 0) {
      first = index;
      several = false;
    } else if (order === 0) several = true;
  }
  return several ? inTurn(selection, first) : first;
}

/** Negative: the first has fewer connections for its weight. */
function compareLoad(one: Peer, other: Peer): number {
  return one.conns * other.server.weight - other.conns * one.server.weight;
}

/** Of those that are as good as the first, the one whose turn it is. */
function inTurn(selection: Selection, first: number): number {
  const { peers } = selection.group;
  let best = first;
  let total = 0;
  for (let index = first; index < peers.length; index++) {
    const peer = peers[index] as Peer;
    if (!mayServe(selection, index) || compareLoad(peer, peers[best] as Peer) !== 0) continue;
    total += rise(peer, selection.tenths);
    if (peer.currentWeight > (peers[best] as Peer).currentWeight) best = index;
  }
  (peers[best] as Peer).currentWeight -= total;
  return best;
}
