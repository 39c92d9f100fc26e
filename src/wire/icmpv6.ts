import type { IpAddress } from "./address.js";
import { concat, put16, put32 } from "./bytes.js";
import { checksum, pseudoHeader } from "./checksum.js";
import { type DecodedIcmp, decodeIcmp, type Icmp } from "./icmp.js";
import { IpProtocol } from "./ipv4.js";

/** Types (RFC 4443, RFC 4861, RFC 3810). Below 128 they are errors. */
export const Icmpv6Type = {
  unreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echoRequest: 128,
  echoReply: 129,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighbourSolicitation: 135,
  neighbourAdvertisement: 136,
  listenerReport: 143,
} as const;

/** Codes of {@link Icmpv6Type.unreachable} (RFC 4443 3.1). */
export const Unreachable6 = { route: 0, prohibited: 1, scope: 2, address: 3, port: 4 } as const;

/**
 * An ICMPv6 message (RFC 4443 2.1). It is drawn as an ICMP one: type, code, checksum, a word (the MTU of "packet too big";
 * identifier and sequence of an echo), payload. Only its checksum is over IPv6's pseudo-header, too.
 */
export function decodeIcmpv6(
  bytes: Uint8Array,
  source: IpAddress,
  destination: IpAddress,
): DecodedIcmp | undefined {
  const icmp = decodeIcmp(bytes);
  const pseudo = pseudoHeader(source, destination, IpProtocol.ICMPV6, bytes.length);
  return icmp && { ...icmp, checksumOk: checksum(pseudo, bytes) === 0 };
}

export function encodeIcmpv6(icmp: Icmp, source: IpAddress, destination: IpAddress): Uint8Array {
  const header = new Uint8Array(8);
  header[0] = icmp.type;
  header[1] = icmp.code;
  put32(header, 4, icmp.rest);
  const length = 8 + icmp.payload.length;
  const pseudo = pseudoHeader(source, destination, IpProtocol.ICMPV6, length);
  put16(header, 2, checksum(pseudo, header, icmp.payload));
  return concat(header, icmp.payload);
}
