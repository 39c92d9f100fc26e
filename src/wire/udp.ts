import type { IpAddress } from "./address.js";
import { concat, get16, put16 } from "./bytes.js";
import { checksum, pseudoHeader } from "./checksum.js";
import { IpProtocol } from "./ipv4.js";

/**
 * A UDP datagram (RFC 768).
 *
 *      0               2               4               6               8
 *     +---------------+---------------+---------------+---------------+---------
 *     |  source port  |   dest port   |    length     |   checksum    | payload
 *     +---------------+---------------+---------------+---------------+---------
 *
 * A checksum of 0 means that there is none; one that comes out as 0 is sent as 0xffff.
 */
export interface Udp {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

export interface DecodedUdp extends Udp {
  /** As the header says; more than there is in the first of several fragments. */
  readonly length: number;
  readonly checksum: number;
}

/** undefined if the header does not fit or its length is impossible. */
export function decodeUdp(bytes: Uint8Array): DecodedUdp | undefined {
  if (bytes.length < 8) return undefined;
  const length = get16(bytes, 4);
  if (length < 8) return undefined;
  return {
    sourcePort: get16(bytes, 0),
    destinationPort: get16(bytes, 2),
    payload: bytes.subarray(8, Math.min(length, bytes.length)),
    length,
    checksum: get16(bytes, 6),
  };
}

/** With `withChecksum` false the checksum is 0. @throws RangeError if it is too long */
export function encodeUdp(
  udp: Udp,
  source: IpAddress,
  destination: IpAddress,
  withChecksum = true,
): Uint8Array {
  const length = 8 + udp.payload.length;
  if (length > 0xffff) throw new RangeError(`a UDP datagram of ${length} bytes; at most 65535 fit`);
  const header = new Uint8Array(8);
  put16(header, 0, udp.sourcePort);
  put16(header, 2, udp.destinationPort);
  put16(header, 4, length);
  if (!withChecksum) return concat(header, udp.payload);
  const sum = checksum(pseudoHeader(source, destination, IpProtocol.UDP, length), header, udp.payload);
  put16(header, 6, sum === 0 ? 0xffff : sum);
  return concat(header, udp.payload);
}

/** Whether a whole datagram arrived as it was sent. */
export function udpChecksumOk(bytes: Uint8Array, source: IpAddress, destination: IpAddress): boolean {
  if (bytes.length < 8) return false;
  if (get16(bytes, 6) === 0) return true;
  return checksum(pseudoHeader(source, destination, IpProtocol.UDP, bytes.length), bytes) === 0;
}
