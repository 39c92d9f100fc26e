import { concat, get16, put16 } from "./bytes.js";

/**
 * A packet of Generic UDP Encapsulation, version 0, as it stands in a UDP datagram (draft-ietf-intarea-gue-09, 3; the kernel's
 * include/net/gue.h).
 *
 *      0               1               2                               4
 *     +---+-+---------+---------------+-------------------------------+- - - - -+---------
 *     | 0 |C|words of | protocol      | flags: which options follow   | options | payload
 *     |   | | options | (an IP one)   |                               |         |
 *     +---+-+---------+---------------+-------------------------------+- - - - -+---------
 *
 * With flag 0x0001 private flags are the last word before the private options; of these remote checksum offload (private flag
 * 0x80000000) adds one word: where the checksum begins, and where it stands (2 bytes each, from the payload on).
 */
export interface Gue {
  readonly control: boolean;
  /** The IP protocol of the payload: 4 IPv4, 41 IPv6. */
  readonly protocol: number;
  readonly flags: number;
  /** 0, 4 … 124 bytes. */
  readonly options: Uint8Array;
  readonly payload: Uint8Array;
}

/** undefined if it is another version, or the header is not all here. */
export function decodeGue(bytes: Uint8Array): Gue | undefined {
  if (bytes.length < 4 || bytes[0]! >> 6 !== 0) return undefined;
  const headerLength = 4 + (bytes[0]! & 31) * 4;
  if (bytes.length < headerLength) return undefined;
  return {
    control: (bytes[0]! & 0x20) !== 0,
    protocol: bytes[1]!,
    flags: get16(bytes, 2),
    options: bytes.subarray(4, headerLength),
    payload: bytes.subarray(headerLength),
  };
}

/** @throws RangeError if the options are no multiple of 4 bytes up to 124 */
export function encodeGue(gue: Gue): Uint8Array {
  const { length } = gue.options;
  if (length % 4 !== 0 || length > 124)
    throw new RangeError(`GUE options of ${length} bytes; it must be a multiple of 4 up to 124`);
  const header = new Uint8Array(4);
  header[0] = (gue.control ? 0x20 : 0) | (length / 4);
  header[1] = gue.protocol;
  put16(header, 2, gue.flags);
  return concat(header, gue.options, gue.payload);
}
