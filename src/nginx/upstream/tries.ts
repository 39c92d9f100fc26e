import type { Selection } from "./group.js";
import type { Peer } from "./peer.js";
import { type Choose, roundRobin } from "./round-robin.js";

const MOST_TRIES = 20;

/**
 * How algorithms that calculate a peer go about it: calculates again where that peer may not serve, 20 times in the whole attempt; then, and where
 * there is only one peer, it is round robin.
 */
export function byCalculation(next: (selection: Selection) => number): Choose {
  let tries = 0;
  return (selection, among) => {
    const { group, tried, now } = selection;
    if (group.single || group.peers.length === 0) return roundRobin(selection, among);
    while (tries <= MOST_TRIES) {
      const index = next(selection);
      const peer = group.peers[index] as Peer;
      if (tried[index] === 0 && peer.mayServe(now)) {
        tried[index] = 1;
        peer.noteTry(now);
        return peer;
      }
      tries++;
    }
    return roundRobin(selection, among);
  };
}
