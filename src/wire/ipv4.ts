import { IpAddress } from "./address.js";
import { concat, get16, put16 } from "./bytes.js";
import { checksum } from "./checksum.js";

/** What an IP packet carries (IANA, Protocol Numbers). */
export const IpProtocol = {
  ICMP: 1,
  IPIP: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  GRE: 47,
  ICMPV6: 58,
  NOTHING: 59,
  VRRP: 112,
  SCTP: 132,
} as const;

/**
 * An IPv4 packet (RFC 791 3.1; DSCP and ECN: RFC 2474, RFC 3168).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------+-------+-----------+---+-------------------------------+
 *     |   4   | words |   DSCP    |ECN|         total length          |
 *     +-------+-------+-----------+---+-----+-------------------------+
 *     |        identification         |0|D|M|     fragment offset     |
 *     +---------------+---------------+-----+-------------------------+
 *     |      TTL      |   protocol    |        header checksum        |
 *     +---------------+---------------+-------------------------------+
 *     |                            source                             |
 *     +---------------------------------------------------------------+
 *     |                          destination                          |
 *     +---------------------------------------------------------------+
 *     |               options, 0 to 40 bytes, padded by zeros          |
 *     +---------------------------------------------------------------+
 */
export interface Ipv4Packet {
  readonly dscp: number;
  readonly ecn: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** In bytes, a multiple of 8. */
  readonly fragmentOffset: number;
  readonly ttl: number;
  /** An {@link IpProtocol}. */
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The options as they stand, padding included: 0, 4 … 40 bytes. */
  readonly options: Uint8Array;
  readonly payload: Uint8Array;
}

/** What the bytes say beside the values themselves. */
export interface DecodedIpv4 extends Ipv4Packet {
  readonly headerLength: number;
  readonly totalLength: number;
  readonly checksum: number;
  readonly checksumOk: boolean;
  /** Fewer bytes are here than the total length says (a capture that was cut). */
  readonly cut: boolean;
}

/** undefined if it is not IPv4 or its lengths contradict each other. Padding behind the total length is left away. */
export function decodeIpv4(bytes: Uint8Array): DecodedIpv4 | undefined {
  if (bytes.length < 20 || bytes[0]! >> 4 !== 4) return undefined;
  const headerLength = (bytes[0]! & 15) * 4;
  const totalLength = get16(bytes, 2);
  if (headerLength < 20 || headerLength > bytes.length || totalLength < headerLength) return undefined;
  const fragment = get16(bytes, 6);
  return {
    dscp: bytes[1]! >> 2,
    ecn: bytes[1]! & 3,
    identification: get16(bytes, 4),
    dontFragment: (fragment & 0x4000) !== 0,
    moreFragments: (fragment & 0x2000) !== 0,
    fragmentOffset: (fragment & 0x1fff) * 8,
    ttl: bytes[8]!,
    protocol: bytes[9]!,
    source: IpAddress.fromBytes(bytes.subarray(12, 16)),
    destination: IpAddress.fromBytes(bytes.subarray(16, 20)),
    options: bytes.subarray(20, headerLength),
    payload: bytes.subarray(headerLength, Math.min(totalLength, bytes.length)),
    headerLength,
    totalLength,
    checksum: get16(bytes, 10),
    checksumOk: checksum(bytes.subarray(0, headerLength)) === 0,
    cut: bytes.length < totalLength,
  };
}

/**
 * Lengths and checksum are computed; options are padded to a multiple of four.
 * @throws RangeError if the options or the whole are too long, or the offset is no multiple of 8.
 */
export function encodeIpv4(packet: Ipv4Packet): Uint8Array {
  const headerLength = 20 + Math.ceil(packet.options.length / 4) * 4;
  const totalLength = headerLength + packet.payload.length;
  if (headerLength > 60)
    throw new RangeError(`IPv4 options of ${packet.options.length} bytes; at most 40 fit`);
  if (totalLength > 0xffff) throw new RangeError(`an IPv4 packet of ${totalLength} bytes; at most 65535 fit`);
  if (packet.fragmentOffset % 8 !== 0 || packet.fragmentOffset > 65528)
    throw new RangeError(`fragment offset ${packet.fragmentOffset} is not a multiple of 8 up to 65528`);
  const header = new Uint8Array(headerLength);
  header[0] = 0x40 | (headerLength / 4);
  header[1] = (packet.dscp << 2) | packet.ecn;
  put16(header, 2, totalLength);
  put16(header, 4, packet.identification);
  const flags = (packet.dontFragment ? 0x4000 : 0) | (packet.moreFragments ? 0x2000 : 0);
  put16(header, 6, flags | (packet.fragmentOffset / 8));
  header[8] = packet.ttl;
  header[9] = packet.protocol;
  header.set(packet.source.bytes, 12);
  header.set(packet.destination.bytes, 16);
  header.set(packet.options, 20);
  put16(header, 10, checksum(header));
  return concat(header, packet.payload);
}
