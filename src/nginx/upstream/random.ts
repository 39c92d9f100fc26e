import { peerAtWeight, type Selection } from "./group.js";
import type { Peer } from "./peer.js";
import { type Choose, roundRobin } from "./round-robin.js";
import { byCalculation } from "./tries.js";

/** From 0 (with it) to 1 (without it). */
export type Random = () => number;

const MOST_TRIES = 20;

function draw({ group }: Selection, random: Random): number {
  return peerAtWeight(group, Math.floor(random() * group.totalWeight));
}

/** `random`: each by its share of the weight (ngx_http_upstream_random_module). */
export function randomPeer(random: Random): Choose {
  return byCalculation((selection) => draw(selection, random));
}

/** `random two least_conn`: of two different ones that may serve, the one with fewer connections for its weight. */
export function randomTwo(random: Random): Choose {
  let tries = 0;
  return (selection, among) => {
    const { group, tried, now } = selection;
    if (group.single || group.peers.length === 0) return roundRobin(selection, among);
    let first = -1;
    while (tries <= MOST_TRIES) {
      const index = draw(selection, random);
      const peer = group.peers[index] as Peer;
      if (index === first || tried[index] === 1 || !peer.mayServe(now)) tries++;
      else if (first < 0) first = index;
      else return take(selection, lessLoaded(group.peers, first, index));
    }
    return roundRobin(selection, among);
  };
}

function lessLoaded(peers: readonly Peer[], first: number, second: number): number {
  const [one, two] = [peers[first] as Peer, peers[second] as Peer];
  return two.conns * one.server.weight > one.conns * two.server.weight ? first : second;
}

function take({ group, tried, now }: Selection, index: number): Peer {
  const peer = group.peers[index] as Peer;
  peer.noteTry(now);
  tried[index] = 1;
  return peer;
}
