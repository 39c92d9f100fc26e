import { crc32 } from "node:zlib";
import { peerAtWeight } from "./group.js";
import { type Choose, roundRobin } from "./round-robin.js";
import { byCalculation } from "./tries.js";

/**
 * `hash KEY`: as Cache::Memcached chooses, sum of ((crc32([try] key) >> 16) & 0x7fff) over the tries (ngx_http_upstream_hash_module). One character
 * of the key is one byte.
 */
export function hash(key: string): Choose {
  if (key === "") return roundRobin;
  const bytes = Buffer.from(key, "latin1");
  let sum = 0;
  let round = 0;
  return byCalculation(({ group }) => {
    const start = round === 0 ? 0 : crc32(String(round));
    sum = (sum + ((crc32(bytes, start) >>> 16) & 0x7fff)) >>> 0;
    round++;
    return peerAtWeight(group, sum % group.totalWeight);
  });
}
