import type { IpAddress } from "./address.js";
import { concat, put16, put32 } from "./bytes.js";

/**
 * The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit words in network order;
 * an odd last byte counts as the high half of a word. Over bytes that contain their own right checksum it is 0.
 */
export function checksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  let odd = false; // whether the next byte is the low half of a word
  for (const part of parts) {
    for (const byte of part) {
      sum += odd ? byte : byte << 8;
      odd = !odd;
    }
    sum = fold(sum);
  }
  return ~fold(sum) & 0xffff;
}

/**
 * The checksum after one 16-bit word under it has changed (RFC 1624, equation 3): HC' = ~(~HC + ~m + m').
 *
 * Of the two ways to write zero it gives the one that summing anew would give, as long as not all words are zero.
 */
export function checksumAfter(old: number, before: number, after: number): number {
  return ~fold((~old & 0xffff) + (~before & 0xffff) + after) & 0xffff;
}

/** As {@link checksumAfter} for a run of bytes that starts at an even place; both of one, even length. */
export function checksumAfterBytes(old: number, before: Uint8Array, after: Uint8Array): number {
  if (before.length !== after.length || before.length % 2 !== 0)
    throw new RangeError(
      `both must have the same even number of bytes, not ${before.length} and ${after.length}`,
    );
  let value = old;
  for (let at = 0; at < before.length; at += 2)
    value = checksumAfter(value, (before[at]! << 8) | before[at + 1]!, (after[at]! << 8) | after[at + 1]!);
  return value;
}

/**
 * What TCP and UDP put in front of their bytes when they sum them.
 *
 *     IPv4 (RFC 9293 3.1, RFC 768)               IPv6 (RFC 8200 8.1)
 *     +--------+--------+--------+--------+      source, 16 bytes
 *     |              source               |      destination, 16 bytes
 *     +--------+--------+--------+--------+      length, 4 bytes
 *     |            destination            |      zero, 3 bytes; protocol, 1 byte
 *     +--------+--------+--------+--------+
 *     |  zero  |protocol|     length      |
 *     +--------+--------+--------+--------+
 */
export function pseudoHeader(
  source: IpAddress,
  destination: IpAddress,
  protocol: number,
  length: number,
): Uint8Array {
  const tail = new Uint8Array(source.family === 4 ? 4 : 8);
  if (source.family === 4) {
    tail[1] = protocol;
    put16(tail, 2, length);
  } else {
    put32(tail, 0, length);
    tail[7] = protocol;
  }
  return concat(source.bytes, destination.bytes, tail);
}

function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded;
}
