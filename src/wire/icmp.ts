import { concat, get16, get32, put16, put32 } from "./bytes.js";
import { checksum } from "./checksum.js";

/** Types (RFC 792; IANA, ICMP Parameters). */
export const IcmpType = {
  echoReply: 0,
  unreachable: 3,
  redirect: 5,
  echoRequest: 8,
  timeExceeded: 11,
} as const;

/** Codes of {@link IcmpType.unreachable} (RFC 792, RFC 1122 3.2.2.1). */
export const Unreachable = { network: 0, host: 1, protocol: 2, port: 3, fragmentationNeeded: 4 } as const;

/**
 * An ICMP message (RFC 792; the MTU in "fragmentation needed": RFC 1191).
 *
 *      0               1               2                               4
 *     +---------------+---------------+-------------------------------+
 *     |     type      |     code      |           checksum            |
 *     +---------------+---------------+-------------------------------+
 *     |        rest: echo: identifier (2), sequence (2)               |
 *     |        fragmentation needed: zero (2), MTU (2)                |
 *     +---------------------------------------------------------------+
 *     |  payload: echo: data; errors: the packet's IP header, 8 bytes or more
 */
export interface Icmp {
  readonly type: number;
  readonly code: number;
  /** The second word, as a number. */
  readonly rest: number;
  readonly payload: Uint8Array;
}

export interface DecodedIcmp extends Icmp {
  readonly checksumOk: boolean;
}

export function decodeIcmp(bytes: Uint8Array): DecodedIcmp | undefined {
  if (bytes.length < 8) return undefined;
  return {
    type: bytes[0]!,
    code: bytes[1]!,
    rest: get32(bytes, 4),
    payload: bytes.subarray(8),
    checksumOk: checksum(bytes) === 0,
  };
}

export function encodeIcmp(icmp: Icmp): Uint8Array {
  const header = new Uint8Array(8);
  header[0] = icmp.type;
  header[1] = icmp.code;
  put32(header, 4, icmp.rest);
  put16(header, 2, checksum(header, icmp.payload));
  return concat(header, icmp.payload);
}

/** The two halves of {@link Icmp.rest} in an echo request or reply. */
export function echoOf(icmp: Icmp): { identifier: number; sequence: number } {
  const word = new Uint8Array(4);
  put32(word, 0, icmp.rest);
  return { identifier: get16(word, 0), sequence: get16(word, 2) };
}
