import { checksum, ExtensionType } from "../../src/wire/index.js";

const frameHeader = 14;
const fixed6 = 40;

/** An extension header of IPv6 without its first two bytes, or by its number a header of another kind, whole. */
export interface Extension {
  readonly type: number;
  readonly content: Uint8Array;
}

/** The frame with extension headers behind its IPv6 header. */
export function withExtensions(frame: Uint8Array, extensions: readonly Extension[]): Uint8Array {
  const head = Buffer.from(frame.subarray(0, frameHeader + fixed6));
  const types = [...extensions.map(({ type }) => type), head[20]!];
  const blocks = extensions.map(({ content }, i) =>
    Buffer.from([types[i + 1]!, (content.length + 2) / 8 - 1, ...content]),
  );
  const added = Buffer.concat(blocks);
  head[20] = types[0]!;
  head.writeUInt16BE(head.readUInt16BE(18) + added.length, 18);
  return Buffer.concat([head, added, frame.subarray(frameHeader + fixed6)]);
}

/** What six bytes of padding are in options, and a route with so many segments left (RFC 8200, sections 4.2 and 4.4). */
export const padding = (bytes = 6): Uint8Array => Uint8Array.of(1, bytes - 2, ...new Uint8Array(bytes - 2));
export const options = (type: "hopByHop" | "destination", bytes = 6): Extension => ({
  type: ExtensionType[type],
  content: padding(bytes),
});
export const route = (segmentsLeft: number): Extension => ({
  type: ExtensionType.routing,
  content: Uint8Array.of(0, segmentsLeft, 0, 0, 0, 0),
});
export const atomic = (identification = 1): Extension => ({
  type: ExtensionType.fragment,
  // Its second byte is no length but zero, as is that of eight bytes.
  content: Uint8Array.of(0, 0, 0, 0, identification >> 8, identification & 255),
});

/**
 * The fragments of a frame's packet, cut behind so many bytes of what the IP header carries (multiples of 8). IPv6's extension
 * headers belong to what is cut.
 */
export function pieces(frame: Uint8Array, cuts: readonly number[], identification = 1): Uint8Array[] {
  const isIpv6 = frame[12] === 0x86;
  const headLength = frameHeader + (isIpv6 ? fixed6 : (frame[frameHeader]! & 15) * 4);
  const payload = frame.subarray(headLength);
  const edges = [0, ...cuts, payload.length];
  return edges.slice(1).map((end, i) => {
    const offset = edges[i]!;
    const more = end < payload.length;
    const head = Buffer.from(frame.subarray(0, headLength));
    const part = payload.subarray(offset, end);
    if (isIpv6) {
      const fragment = Buffer.alloc(8);
      fragment[0] = head[20]!;
      fragment.writeUInt16BE(offset | (more ? 1 : 0), 2);
      fragment.writeUInt32BE(identification, 4);
      head[20] = ExtensionType.fragment;
      head.writeUInt16BE(8 + part.length, 18);
      return Buffer.concat([head, fragment, part]);
    }
    head.writeUInt16BE(headLength - frameHeader + part.length, 16);
    head.writeUInt16BE(identification & 0xffff, 18);
    head.writeUInt16BE((offset >> 3) | (more ? 0x2000 : 0), 20);
    head.writeUInt16BE(0, 24);
    head.writeUInt16BE(checksum(head.subarray(frameHeader)), 24);
    return Buffer.concat([head, part]);
  });
}
