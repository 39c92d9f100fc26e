import { concat } from "./bytes.js";
import { linkTypeEthernet } from "./pcap.js";

/**
 * The pcapng file format (draft-ietf-opsawg-pcapng): blocks, each with its length before and behind.
 *
 *     any block:          type (4)  length (4)  …, filled up to four  length (4)
 *     section header:     0x0a0d0d0a  magic 0x1a2b3c4d (4)  major 1 (2)  minor 0 (2)  section length unknown: -1 (8)
 *     interface:          1  link type (2)  0 (2)  snap length (4)  options: name (2), resolution of time (9)
 *     enhanced packet:    6  interface (4)  time, upper (4) and lower half (4)  captured length (4)
 *                         original length (4)  bytes, filled up to four  options: comment (1), flags (2)
 *     option:             code (2)  length (2)  value, filled up to four; 0, 0 ends them
 *
 * All numbers are in the writer's byte order, which the magic tells; written is little-endian.
 */
export interface PcapngPacket {
  /** The interface's number, in the order in which they were written. */
  readonly interface: number;
  /** Nanoseconds since 1970. */
  readonly at: bigint;
  readonly bytes: Uint8Array;
  /** The frame's length on the wire; the bytes are fewer if the capture was cut. */
  readonly originalLength?: number;
  /** Which way it went through the interface. */
  readonly direction?: "in" | "out";
  readonly comment?: string;
}

const Block = { section: 0x0a0d0d0a, interface: 1, packet: 6 } as const;
const Option = { end: 0, comment: 1, interfaceName: 2, packetFlags: 2, timeResolution: 9 } as const;
/** Bits of a packet's flags. */
const directions = { in: 1, out: 2 } as const;
/** Negative powers of ten. */
const nanoseconds = 9;

/** How a file begins. */
export function pcapngHeader(): Uint8Array {
  const body = new DataView(new ArrayBuffer(16));
  body.setUint32(0, 0x1a2b3c4d, true);
  body.setUint16(4, 1, true);
  body.setBigInt64(8, -1n, true);
  return block(Block.section, bytesOf(body));
}

/** An Ethernet interface; it stands before the first packet that names it. */
export function pcapngInterface(name: string, snapLength: number): Uint8Array {
  const body = new DataView(new ArrayBuffer(8));
  body.setUint16(0, linkTypeEthernet, true);
  body.setUint32(4, snapLength, true);
  return block(
    Block.interface,
    bytesOf(body),
    option(Option.interfaceName, new TextEncoder().encode(name)),
    option(Option.timeResolution, Uint8Array.of(nanoseconds)),
    option(Option.end, new Uint8Array()),
  );
}

export function pcapngPacket(packet: PcapngPacket): Uint8Array {
  const { at, bytes, originalLength = bytes.length, direction, comment } = packet;
  const body = new DataView(new ArrayBuffer(20));
  body.setUint32(0, packet.interface, true);
  body.setUint32(4, Number(at >> 32n), true);
  body.setUint32(8, Number(at & 0xffff_ffffn), true);
  body.setUint32(12, bytes.length, true);
  body.setUint32(16, originalLength, true);
  const options: Uint8Array[] = [];
  if (comment !== undefined) options.push(option(Option.comment, new TextEncoder().encode(comment)));
  if (direction) options.push(option(Option.packetFlags, Uint8Array.of(directions[direction], 0, 0, 0)));
  if (options.length > 0) options.push(option(Option.end, new Uint8Array()));
  return block(Block.packet, bytesOf(body), filled(bytes), ...options);
}

function block(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 12);
  const head = new DataView(new ArrayBuffer(8));
  head.setUint32(0, type, true);
  head.setUint32(4, length, true);
  return concat(bytesOf(head), ...parts, bytesOf(head).subarray(4));
}

function option(code: number, value: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(4));
  head.setUint16(0, code, true);
  head.setUint16(2, value.length, true);
  return concat(bytesOf(head), filled(value));
}

const filled = (bytes: Uint8Array): Uint8Array => concat(bytes, new Uint8Array(-bytes.length & 3));
const bytesOf = ({ buffer, byteOffset, byteLength }: DataView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
