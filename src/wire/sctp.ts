import { concat, get16, get32, put16, put32 } from "./bytes.js";
import { crc32c } from "./crc32c.js";

/** Types of chunks (RFC 9260 3.2; ECNE and CWR: its appendix B). */
export const SctpChunkType = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  ecne: 12,
  cwr: 13,
  shutdownComplete: 14,
} as const;
export type SctpChunkName = keyof typeof SctpChunkType;

/**
 * An SCTP packet (RFC 9260 3): a header and chunks.
 *
 *      0               2               4                               8              12
 *     +---------------+---------------+-------------------------------+---------------+--------
 *     |  source port  |   dest port   |       verification tag        |   checksum    | chunks
 *     +---------------+---------------+-------------------------------+---------------+--------
 *
 *     a chunk:  type (1)  flags (1)  length (2), these four bytes included  value; then 0 to 3 bytes of padding
 *
 * The checksum is the {@link crc32c} of the whole packet with four zeros in its place, its lowest byte first.
 */
export interface SctpPacket {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly verificationTag: number;
  readonly chunks: readonly SctpChunk[];
}

export interface SctpChunk {
  /** A {@link SctpChunkType}. */
  readonly type: number;
  readonly flags: number;
  readonly value: Uint8Array;
}

export interface DecodedSctp extends SctpPacket {
  readonly checksum: number;
  readonly checksumOk: boolean;
  /** The last chunk is not all here, or there are bytes that are no chunk. */
  readonly cut: boolean;
}

/** undefined if the header is not all here. Chunks are read as long as they make sense. */
export function decodeSctp(bytes: Uint8Array): DecodedSctp | undefined {
  if (bytes.length < 12) return undefined;
  const chunks: SctpChunk[] = [];
  let at = 12;
  let cut = false;
  while (at < bytes.length) {
    const length = bytes.length - at < 4 ? 0 : get16(bytes, at + 2);
    cut = length < 4 || at + length > bytes.length;
    if (length < 4) break;
    chunks.push({
      type: bytes[at]!,
      flags: bytes[at + 1]!,
      value: bytes.subarray(at + 4, Math.min(at + length, bytes.length)),
    });
    at += padded(length);
  }
  return {
    sourcePort: get16(bytes, 0),
    destinationPort: get16(bytes, 2),
    verificationTag: get32(bytes, 4),
    chunks,
    checksum: storedChecksum(bytes),
    checksumOk: sctpChecksumOk(bytes),
    cut,
  };
}

/** Lengths, padding and checksum are computed. @throws RangeError if a chunk or the whole is too long */
export function encodeSctp(packet: SctpPacket): Uint8Array {
  const header = new Uint8Array(12);
  put16(header, 0, packet.sourcePort);
  put16(header, 2, packet.destinationPort);
  put32(header, 4, packet.verificationTag);
  const bytes = concat(header, ...packet.chunks.map(encodeChunk));
  if (bytes.length > 0xffff)
    throw new RangeError(`an SCTP packet of ${bytes.length} bytes; at most 65535 fit`);
  putChecksum(bytes, crc32c(bytes));
  return bytes;
}

/** Whether a whole packet arrived as it was sent. */
export function sctpChecksumOk(bytes: Uint8Array): boolean {
  if (bytes.length < 12) return false;
  const sum = crc32c(bytes.subarray(0, 8), new Uint8Array(4), bytes.subarray(12));
  return sum === storedChecksum(bytes);
}

function encodeChunk(chunk: SctpChunk): Uint8Array {
  const length = 4 + chunk.value.length;
  if (length > 0xffff) throw new RangeError(`an SCTP chunk of ${length} bytes; at most 65535 fit`);
  const bytes = new Uint8Array(padded(length));
  bytes[0] = chunk.type;
  bytes[1] = chunk.flags;
  put16(bytes, 2, length);
  bytes.set(chunk.value, 4);
  return bytes;
}

const padded = (length: number) => Math.ceil(length / 4) * 4;

const storedChecksum = (bytes: Uint8Array): number =>
  ((bytes[11]! << 24) | (bytes[10]! << 16) | (bytes[9]! << 8) | bytes[8]!) >>> 0;

function putChecksum(bytes: Uint8Array, sum: number): void {
  for (let byte = 0; byte < 4; byte++) bytes[8 + byte] = sum >>> (8 * byte);
}
