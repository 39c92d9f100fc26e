import { IpAddress } from "./address.js";
import { concat, get16, put16 } from "./bytes.js";
import { MacAddress } from "./mac.js";

export const ArpOperation = { request: 1, reply: 2 } as const;

/**
 * ARP for IPv4 over Ethernet (RFC 826).
 *
 *     0                   2                   4        5        6                   8
 *     +-------------------+-------------------+--------+--------+-------------------+
 *     | hardware type = 1 | protocol = 0x0800 | 6      | 4      |     operation     |
 *     +-------------------+-------------------+--------+--------+-------------------+
 *     | sender's MAC (6)           | sender's IP (4)  | target's MAC (6) | target's IP (4)
 *     +----------------------------+------------------+------------------+-----------
 */
export interface Arp {
  /** An {@link ArpOperation}. */
  readonly operation: number;
  readonly senderMac: MacAddress;
  readonly senderIp: IpAddress;
  /** Zero in an ordinary request. */
  readonly targetMac: MacAddress;
  readonly targetIp: IpAddress;
}

const length = 28;

/** undefined if it is too short, or ARP for something other than IPv4 over Ethernet. Padding after it is allowed. */
export function decodeArp(bytes: Uint8Array): Arp | undefined {
  if (bytes.length < length) return undefined;
  if (get16(bytes, 0) !== 1 || get16(bytes, 2) !== 0x0800 || bytes[4] !== 6 || bytes[5] !== 4)
    return undefined;
  return {
    operation: get16(bytes, 6),
    senderMac: MacAddress.fromBytes(bytes.subarray(8, 14)),
    senderIp: IpAddress.fromBytes(bytes.subarray(14, 18)),
    targetMac: MacAddress.fromBytes(bytes.subarray(18, 24)),
    targetIp: IpAddress.fromBytes(bytes.subarray(24, 28)),
  };
}

export function encodeArp(arp: Arp): Uint8Array {
  const head = Uint8Array.of(0, 1, 8, 0, 6, 4, 0, 0);
  put16(head, 6, arp.operation);
  return concat(head, arp.senderMac.bytes, arp.senderIp.bytes, arp.targetMac.bytes, arp.targetIp.bytes);
}
