import { concat, get16, get32, put16, put32 } from "./bytes.js";
import { checksum } from "./checksum.js";

/**
 * A GRE packet (RFC 2784; key and sequence number: RFC 2890).
 *
 *      0               2               4
 *     +-+-+-+-+-------+---------------+- - - - - - - - - - - - - - - -+---------
 *     |C|0|K|S|0..0, 0| EtherType     | C: checksum (2), 0 (2); K: (4); S: (4)  | payload
 *     +-+-+-+-+-------+---------------+- - - - - - - - - - - - - - - -+---------
 *
 * The checksum is the Internet checksum of the header and the payload.
 */
export interface Gre {
  /** An EtherType. */
  readonly type: number;
  readonly withChecksum: boolean;
  readonly key?: number;
  readonly sequence?: number;
  readonly payload: Uint8Array;
}

export interface DecodedGre extends Gre {
  readonly headerLength: number;
  /** Also without a checksum. */
  readonly checksumOk: boolean;
}

/** undefined if it is another version, or the header is not all here. */
export function decodeGre(bytes: Uint8Array): DecodedGre | undefined {
  if (bytes.length < 4) return undefined;
  const flags = get16(bytes, 0);
  if (flags & ~0xb000) return undefined;
  const [withChecksum, withKey, withSequence] = [0x8000, 0x2000, 0x1000].map((bit) => (flags & bit) !== 0);
  const keyAt = withChecksum ? 8 : 4;
  const sequenceAt = keyAt + (withKey ? 4 : 0);
  const headerLength = sequenceAt + (withSequence ? 4 : 0);
  if (bytes.length < headerLength) return undefined;
  return {
    type: get16(bytes, 2),
    withChecksum: withChecksum!,
    ...(withKey ? { key: get32(bytes, keyAt) } : {}),
    ...(withSequence ? { sequence: get32(bytes, sequenceAt) } : {}),
    payload: bytes.subarray(headerLength),
    headerLength,
    checksumOk: !withChecksum || checksum(bytes) === 0,
  };
}

export function encodeGre(gre: Gre): Uint8Array {
  const words: number[] = [];
  if (gre.withChecksum) words.push(0);
  if (gre.key !== undefined) words.push(gre.key);
  if (gre.sequence !== undefined) words.push(gre.sequence);
  const header = new Uint8Array(4 + words.length * 4);
  const key = gre.key === undefined ? 0 : 0x2000;
  const sequence = gre.sequence === undefined ? 0 : 0x1000;
  put16(header, 0, (gre.withChecksum ? 0x8000 : 0) | key | sequence);
  put16(header, 2, gre.type);
  for (const [index, word] of words.entries()) put32(header, 4 + index * 4, word);
  if (gre.withChecksum) put16(header, 4, checksum(header, gre.payload));
  return concat(header, gre.payload);
}
