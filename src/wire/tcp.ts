import type { IpAddress } from "./address.js";
import { concat, get16, get32, put16, put32 } from "./bytes.js";
import { checksum, pseudoHeader } from "./checksum.js";
import { IpProtocol } from "./ipv4.js";
import { decodeTcpOptions, encodeTcpOptions, type TcpOption } from "./tcp-options.js";

/** The flags by name, in the header's order from the lowest bit. */
export const tcpFlagNames = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"] as const;
export type TcpFlag = (typeof tcpFlagNames)[number];
export type TcpFlags = Readonly<Record<TcpFlag, boolean>>;

/**
 * A TCP segment (RFC 9293 3.1; ECE and CWR: RFC 3168).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------------------------------+-------------------------------+
 *     |          source port          |       destination port        |
 *     +-------------------------------+-------------------------------+
 *     |                        sequence number                        |
 *     +---------------------------------------------------------------+
 *     |                     acknowledgement number                    |
 *     +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
 *     | words |   0   |C|E|U|A|P|R|S|F|            window             |
 *     +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
 *     |           checksum            |        urgent pointer         |
 *     +-------------------------------+-------------------------------+
 *     |                 options, 0 to 40 bytes, padded                |
 */
export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: TcpFlags;
  /** As it stands, not scaled. */
  readonly window: number;
  readonly urgentPointer: number;
  readonly options: readonly TcpOption[];
  readonly payload: Uint8Array;
}

export interface DecodedTcp extends TcpSegment {
  readonly headerLength: number;
  readonly checksum: number;
}

/** undefined if the header, options included, is not all here. */
export function decodeTcp(bytes: Uint8Array): DecodedTcp | undefined {
  if (bytes.length < 20) return undefined;
  const headerLength = (bytes[12]! >> 4) * 4;
  if (headerLength < 20 || headerLength > bytes.length) return undefined;
  return {
    sourcePort: get16(bytes, 0),
    destinationPort: get16(bytes, 2),
    sequence: get32(bytes, 4),
    acknowledgement: get32(bytes, 8),
    flags: flagsOf(bytes[13]!),
    window: get16(bytes, 14),
    urgentPointer: get16(bytes, 18),
    options: decodeTcpOptions(bytes.subarray(20, headerLength)),
    payload: bytes.subarray(headerLength),
    headerLength,
    checksum: get16(bytes, 16),
  };
}

/** Header length and checksum are computed. @throws RangeError if the options are longer than 40 bytes. */
export function encodeTcp(segment: TcpSegment, source: IpAddress, destination: IpAddress): Uint8Array {
  const options = encodeTcpOptions(segment.options);
  const header = new Uint8Array(20 + options.length);
  put16(header, 0, segment.sourcePort);
  put16(header, 2, segment.destinationPort);
  put32(header, 4, segment.sequence);
  put32(header, 8, segment.acknowledgement);
  header[12] = (header.length / 4) << 4;
  header[13] = flagBits(segment.flags);
  put16(header, 14, segment.window);
  put16(header, 18, segment.urgentPointer);
  header.set(options, 20);
  const length = header.length + segment.payload.length;
  put16(
    header,
    16,
    checksum(pseudoHeader(source, destination, IpProtocol.TCP, length), header, segment.payload),
  );
  return concat(header, segment.payload);
}

/** Whether a whole segment arrived as it was sent. False also for one whose checksum a device was to fill in. */
export function tcpChecksumOk(bytes: Uint8Array, source: IpAddress, destination: IpAddress): boolean {
  return checksum(pseudoHeader(source, destination, IpProtocol.TCP, bytes.length), bytes) === 0;
}

export function flagsOf(bits: number): TcpFlags {
  return Object.fromEntries(tcpFlagNames.map((name, bit) => [name, (bits & (1 << bit)) !== 0])) as Record<
    TcpFlag,
    boolean
  >;
}

export function flagBits(flags: Partial<TcpFlags>): number {
  return tcpFlagNames.reduce((bits, name, bit) => (flags[name] ? bits | (1 << bit) : bits), 0);
}
