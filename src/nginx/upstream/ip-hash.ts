import { IpAddress } from "../../wire/index.js";
import { peerAtWeight } from "./group.js";
import type { Choose } from "./round-robin.js";
import { byCalculation } from "./tries.js";

/** Of a client that has no IP address (a Unix socket). */
const noAddress = new Uint8Array(3);

/** The client's network: the first three octets of IPv4, all of IPv6 (ngx_http_upstream_ip_hash_module). */
export function ipHash(clientAddress: string): Choose {
  const address = IpAddress.parse(clientAddress);
  const bytes = address === undefined ? noAddress : address.bytes.subarray(0, address.family === 4 ? 3 : 16);
  let hash = 89;
  // The hash of a peer that serves is where the next calculation begins; of an attempt that found none nobody asks again.
  return byCalculation(({ group }) => {
    for (const byte of bytes) hash = (hash * 113 + byte) % 6271;
    return peerAtWeight(group, hash % group.totalWeight);
  });
}
