import { crc32 } from "node:zlib";
import type { Group } from "./group.js";
import { findPoint, makeRing, type Ring } from "./ring.js";
import { type Choose, roundRobin, smooth } from "./round-robin.js";

const MOST_TRIES = 20;
const rings = new WeakMap<Group, Ring>();

function ringOf(group: Group): Ring {
  let ring = rings.get(group);
  if (ring === undefined) {
    ring = makeRing(group);
    rings.set(group, ring);
  }
  return ring;
}

/**
 * `hash KEY consistent`: the server of the first point at or above the key's CRC-32, then those of the points that follow; of a server with several
 * addresses by round robin. The ring is that of the group with which it began, also among backups.
 */
export function consistentHash(key: string, group: Group): Choose {
  if (key === "") return roundRobin;
  const ring = ringOf(group);
  let place = findPoint(ring, crc32(Buffer.from(key, "latin1")));
  let tries = 0;
  return (selection, among) => {
    if (selection.group.single) return roundRobin(selection, among);
    while (tries <= MOST_TRIES) {
      const server = ring.servers[place % ring.servers.length];
      const peer = smooth(selection, (each) => each.server.name === server);
      if (peer !== undefined) return peer;
      place++;
      tries++;
    }
    return roundRobin(selection, among);
  };
}
