import { IpAddress } from "../../wire/address.js";
import type { Endpoint, ProxyProtocolInfo } from "../wire/wire.js";
import { crc32c } from "./crc32c.js";
import { decodeTlvs, encodeTlv, type Tlv, tlvTypes } from "./tlvs.js";

export const v2Signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
export const v2HeadLength = 16;

/**
 * The head of version 2 (proxy-protocol.txt, section 2.2), numbers in network order:
 *
 *     0              12                13             14       16
 *     | signature    | 2 | command (4) | family | transport  | length | addresses, TLVs … |
 *
 * command 0: LOCAL, 1: PROXY; family 1: IPv4 (12 bytes of addresses), 2: IPv6 (36), 3: Unix (216); transport 1: stream.
 * Addresses: source, destination, source port, destination port.
 */
export function encodeV2(
  source: Endpoint | undefined,
  destination: Endpoint | undefined,
  tlvs: readonly Tlv[] = [],
  options: { local?: boolean; crc32c?: boolean } = {},
): Buffer {
  const { family, addresses } =
    options.local || source === undefined || destination === undefined
      ? { family: 0, addresses: Buffer.alloc(0) }
      : addressBlock(source, destination);
  const checksum = options.crc32c ? [encodeTlv(tlvTypes.crc32c, Buffer.alloc(4))] : [];
  // The checksum comes first, so that its place is known.
  const body = Buffer.concat([
    addresses,
    ...checksum,
    ...tlvs.map((each) => encodeTlv(each.type, each.value)),
  ]);
  const head = Buffer.alloc(v2HeadLength);
  v2Signature.copy(head);
  head[12] = 0x20 | (options.local ? 0 : 1);
  head[13] = family === 0 ? 0 : (family << 4) | 1;
  if (body.length > 65_535) throw new RangeError("a PROXY protocol head has at most 65535 bytes");
  head.writeUInt16BE(body.length, 14);
  const all = Buffer.concat([head, body]);
  if (options.crc32c) all.writeUInt32BE(crc32c(all), v2HeadLength + addresses.length + 3);
  return all;
}

function addressBlock(source: Endpoint, destination: Endpoint): { family: number; addresses: Buffer } {
  if (source.family === 0 || destination.family === 0) {
    const addresses = Buffer.alloc(216);
    unixBytes(source).copy(addresses, 0, 0, 108);
    unixBytes(destination).copy(addresses, 108, 0, 108);
    return { family: 3, addresses };
  }
  const six = source.family === 6 || destination.family === 6;
  const width = six ? 16 : 4;
  const addresses = Buffer.alloc(2 * width + 4);
  addresses.set(ipBytes(source.host, six), 0);
  addresses.set(ipBytes(destination.host, six), width);
  addresses.writeUInt16BE(source.port, 2 * width);
  addresses.writeUInt16BE(destination.port, 2 * width + 2);
  return { family: six ? 2 : 1, addresses };
}

function unixBytes(of: Endpoint): Buffer {
  return of.family === 0 ? Buffer.from(of.host) : Buffer.alloc(0);
}

function ipBytes(host: string, six: boolean): Uint8Array {
  const zone = host.indexOf("%");
  const bytes = IpAddress.of(zone < 0 ? host : host.slice(0, zone)).bytes;
  if (!six || bytes.length === 16) return bytes;
  return Buffer.concat([Buffer.from("00000000000000000000ffff", "hex"), bytes]);
}

/** Reads a whole head. @throws Error saying what is wrong. */
export function decodeV2(bytes: Buffer): ProxyProtocolInfo {
  const command = (bytes[12] as number) & 15;
  if ((bytes[12] as number) >> 4 !== 2) throw new Error("an unknown version");
  if (command > 1) throw new Error("an unknown command");
  const local = command === 0;
  const family = (bytes[13] as number) >> 4;
  const body = bytes.subarray(v2HeadLength);
  // A LOCAL connection's addresses mean nothing, but they are there.
  const width = [0, 12, 36, 216][family];
  // Of a family to come nothing is known, not even where its TLVs begin.
  if (width === undefined) return { version: 2, local, source: undefined, destination: undefined, tlvs: [] };
  if (body.length < width) {
    if (!local) throw new Error("the head is too short for its addresses");
    return { version: 2, local, source: undefined, destination: undefined, tlvs: [] };
  }
  const tlvs = decodeTlvs(body.subarray(width));
  verify(bytes, tlvs, v2HeadLength + width);
  if (local || family === 0) return { version: 2, local, source: undefined, destination: undefined, tlvs };
  const { source, destination } = addressesOf(body, family);
  return { version: 2, local, source, destination, tlvs };
}

function addressesOf(body: Buffer, family: number): { source: Endpoint; destination: Endpoint } {
  if (family === 3) return { source: unixAt(body, 0), destination: unixAt(body, 108) };
  const width = family === 1 ? 4 : 16;
  return {
    source: inetAt(body, 0, width, body.readUInt16BE(2 * width)),
    destination: inetAt(body, width, width, body.readUInt16BE(2 * width + 2)),
  };
}

function inetAt(body: Buffer, at: number, width: number, port: number): Endpoint {
  const bytes = body.subarray(at, at + width);
  const mapped = width === 16 && bytes.subarray(0, 12).equals(mappedPrefix);
  const address = IpAddress.fromBytes(mapped ? bytes.subarray(12) : bytes);
  return { host: address.toString(), port, family: address.family };
}

const mappedPrefix = Buffer.from("00000000000000000000ffff", "hex");

function unixAt(body: Buffer, at: number): Endpoint {
  const bytes = body.subarray(at, at + 108);
  const end = bytes.indexOf(0, 1);
  return {
    host: bytes
      .subarray(0, end < 0 ? 108 : end)
      .toString("latin1")
      .replace(/^\0$/, ""),
    port: 0,
    family: 0,
  };
}

function verify(bytes: Buffer, tlvs: readonly Tlv[], from: number): void {
  let at = from;
  for (const each of tlvs) {
    if (each.type === tlvTypes.crc32c) {
      if (each.value.length !== 4) throw new Error("a checksum of a wrong length");
      const blank = Buffer.from(bytes);
      blank.fill(0, at + 3, at + 7);
      if (crc32c(blank) !== each.value.readUInt32BE(0)) throw new Error("the checksum is wrong");
    }
    at += 3 + each.value.length;
  }
}
