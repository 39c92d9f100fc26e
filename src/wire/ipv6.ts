import { IpAddress } from "./address.js";
import { concat, get16, get32, put16, put32 } from "./bytes.js";

/** What stands between an IPv6 header and what it carries (RFC 8200 4). */
export const ExtensionType = { hopByHop: 0, routing: 43, fragment: 44, destination: 60 } as const;

/**
 * An IPv6 packet (RFC 8200 3; the traffic class: RFC 2474, RFC 3168).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------+-----------+---+---------------------------------------+
 *     |   6   |   DSCP    |ECN|              flow label               |
 *     +-------+-----------+---+-------+---------------+---------------+
 *     | length of all that follows    |  next header  |   hop limit   |
 *     +-------------------------------+---------------+---------------+
 *     |                      source, 16 bytes                         |
 *     |                    destination, 16 bytes                      |
 *     +---------------------------------------------------------------+
 */
export interface Ipv6Packet {
  readonly dscp: number;
  readonly ecn: number;
  readonly flowLabel: number;
  readonly hopLimit: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** In their order; what is not known ends them. */
  readonly extensions: readonly Ipv6Extension[];
  /** What is carried behind the extensions: an IpProtocol, 59 for nothing. */
  readonly protocol: number;
  readonly payload: Uint8Array;
}

/**
 * Extension headers (RFC 8200 4.3 to 4.6).
 *
 *     hop-by-hop, routing, destination:  next header (1)  8-byte units behind the first (1)  data
 *     fragment:  next header (1)  0  offset (13 bits), 0 (2), more (1)  identification (4)
 */
export type Ipv6Extension =
  | {
      readonly kind: "fragment";
      /** In bytes, a multiple of 8. */
      readonly offset: number;
      readonly more: boolean;
      readonly identification: number;
    }
  | {
      readonly kind: "hopByHop" | "routing" | "destination";
      /** Without the first two bytes: 6, 14, 22 … bytes. */
      readonly data: Uint8Array;
    };

export interface DecodedIpv6 extends Ipv6Packet {
  /** 40 and the extensions. */
  readonly headerLength: number;
  /** 40 and what the header says follows. */
  readonly totalLength: number;
  /** Of the fragment extension; 0 without. */
  readonly fragmentOffset: number;
  readonly moreFragments: boolean;
  /** Fewer bytes are here than the header says. */
  readonly cut: boolean;
}

/** undefined if it is not IPv6 or its extensions are not all here. Padding behind its end is left away. */
export function decodeIpv6(bytes: Uint8Array): DecodedIpv6 | undefined {
  if (bytes.length < 40 || bytes[0]! >> 4 !== 6) return undefined;
  const totalLength = 40 + get16(bytes, 4);
  const end = Math.min(totalLength, bytes.length);
  const extensions: Ipv6Extension[] = [];
  let protocol = bytes[6]!;
  let at = 40;
  for (;;) {
    const next = decodeExtension(protocol, bytes.subarray(at, end));
    if (next === "other") break;
    if (!next) return undefined;
    extensions.push(next.extension);
    protocol = bytes[at]!;
    at += next.length;
    // Behind the header of a later fragment stands the middle of something.
    if (next.extension.kind === "fragment" && next.extension.offset > 0) break;
  }
  const fragment = extensions.find((extension) => extension.kind === "fragment");
  return {
    dscp: (get16(bytes, 0) >> 6) & 63,
    ecn: (bytes[1]! >> 4) & 3,
    flowLabel: get32(bytes, 0) & 0xfffff,
    hopLimit: bytes[7]!,
    source: IpAddress.fromBytes(bytes.subarray(8, 24)),
    destination: IpAddress.fromBytes(bytes.subarray(24, 40)),
    extensions,
    protocol,
    payload: bytes.subarray(at, end),
    headerLength: at,
    totalLength,
    fragmentOffset: fragment?.offset ?? 0,
    moreFragments: fragment?.more ?? false,
    cut: bytes.length < totalLength,
  };
}

const kinds = { 0: "hopByHop", 43: "routing", 60: "destination" } as const;

function decodeExtension(
  type: number,
  bytes: Uint8Array,
): { extension: Ipv6Extension; length: number } | "other" | undefined {
  const kind = kinds[type as keyof typeof kinds];
  if (!kind && type !== ExtensionType.fragment) return "other";
  if (bytes.length < 8) return undefined;
  if (!kind) {
    const word = get16(bytes, 2);
    const fields = { offset: word & 0xfff8, more: (word & 1) !== 0, identification: get32(bytes, 4) };
    return { extension: { kind: "fragment", ...fields }, length: 8 };
  }
  const length = 8 + bytes[1]! * 8;
  if (length > bytes.length) return undefined;
  return { extension: { kind, data: bytes.subarray(2, length) }, length };
}

/**
 * Lengths and next headers are computed.
 * @throws RangeError if the whole is too long, or an extension's length or offset is impossible
 */
export function encodeIpv6(packet: Ipv6Packet): Uint8Array {
  const types = packet.extensions.map(({ kind }) => ExtensionType[kind]);
  const extensions = packet.extensions.map((extension, index) =>
    encodeExtension(extension, types[index + 1] ?? packet.protocol),
  );
  const length = extensions.reduce((sum, { length }) => sum + length, packet.payload.length);
  if (length > 0xffff) throw new RangeError(`an IPv6 payload of ${length} bytes; at most 65535 fit`);
  const header = new Uint8Array(40);
  put32(header, 0, ((6 << 28) | (packet.dscp << 22) | (packet.ecn << 20) | packet.flowLabel) >>> 0);
  put16(header, 4, length);
  header[6] = types[0] ?? packet.protocol;
  header[7] = packet.hopLimit;
  header.set(packet.source.bytes, 8);
  header.set(packet.destination.bytes, 24);
  return concat(header, ...extensions, packet.payload);
}

function encodeExtension(extension: Ipv6Extension, next: number): Uint8Array {
  if (extension.kind === "fragment") {
    const { offset, more, identification } = extension;
    if (offset % 8 !== 0 || offset > 65528)
      throw new RangeError(`fragment offset ${offset} is not a multiple of 8 up to 65528`);
    const bytes = new Uint8Array(8);
    bytes[0] = next;
    put16(bytes, 2, offset | (more ? 1 : 0));
    put32(bytes, 4, identification);
    return bytes;
  }
  const length = 2 + extension.data.length;
  if (length % 8 !== 0 || length < 8 || length > 2048)
    throw new RangeError(`an extension of ${length} bytes; it must be a multiple of 8 from 8 to 2048`);
  return concat(Uint8Array.of(next, length / 8 - 1), extension.data);
}
