import { checksum, EtherType, IpAddress, pseudoHeader } from "../../src/wire/index.js";

/** Packets of both families with what tunnels put around them, written byte by byte: what programs do is compared with it. */

export const tcpProtocol = 6;
export const udpProtocol = 17;
export const sctpProtocol = 132;
export const greProtocol = 47;

export interface IpFields {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly ttl?: number;
  /** DSCP and ECN. */
  readonly service?: number;
  /** IPv4: flags and offset; 0x4000 is DF. */
  readonly fragment?: number;
  readonly identification?: number;
  readonly options?: Uint8Array;
}

export const familyOf = (packet: Uint8Array): 4 | 6 => (packet[0]! >> 4 === 6 ? 6 : 4);

/** An IP packet of the family of its addresses. */
export function ipPacket(fields: IpFields, payload: Uint8Array): Uint8Array {
  const [source, destination] = [IpAddress.of(fields.source), IpAddress.of(fields.destination)];
  const { ttl = 64, service = 0, protocol, options = new Uint8Array() } = fields;
  if (source.family === 6) {
    const head = Buffer.alloc(40);
    head.writeUInt32BE((0x60000000 | (service << 20)) >>> 0, 0);
    head.writeUInt16BE(payload.length & 0xffff, 4);
    head[6] = protocol;
    head[7] = ttl;
    head.set(source.bytes, 8);
    head.set(destination.bytes, 24);
    return Buffer.concat([head, payload]);
  }
  const head = Buffer.alloc(20 + options.length);
  head[0] = 0x45 + options.length / 4;
  head[1] = service;
  head.writeUInt16BE((head.length + payload.length) & 0xffff, 2);
  head.writeUInt16BE(fields.identification ?? 0, 4);
  head.writeUInt16BE(fields.fragment ?? 0, 6);
  head[8] = ttl;
  head[9] = protocol;
  head.set(source.bytes, 12);
  head.set(destination.bytes, 16);
  head.set(options, 20);
  head.writeUInt16BE(checksum(head), 10);
  return Buffer.concat([head, payload]);
}

/** A TCP segment with its checksum. */
export function tcpSegment(
  between: IpFields,
  ports: readonly [number, number],
  fields: { flags?: number; options?: Uint8Array; payload?: Uint8Array } = {},
): Uint8Array {
  const { flags = 0x10, options = new Uint8Array(), payload = new Uint8Array() } = fields;
  const head = Buffer.alloc(20 + options.length);
  head.writeUInt16BE(ports[0], 0);
  head.writeUInt16BE(ports[1], 2);
  head[12] = (head.length / 4) << 4;
  head[13] = flags;
  head.set(options, 20);
  const segment = Buffer.concat([head, payload]);
  segment.writeUInt16BE(transportChecksum(between, tcpProtocol, segment), 16);
  return segment;
}

/** A UDP datagram, with its checksum unless `sum` is false. */
export function udpDatagram(
  between: IpFields,
  ports: readonly [number, number],
  payload: Uint8Array,
  sum = true,
): Uint8Array {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(ports[0], 0);
  head.writeUInt16BE(ports[1], 2);
  head.writeUInt16BE((8 + payload.length) & 0xffff, 4);
  const datagram = Buffer.concat([head, payload]);
  if (sum) datagram.writeUInt16BE(transportChecksum(between, udpProtocol, datagram) || 0xffff, 6);
  return datagram;
}

function transportChecksum(between: IpFields, protocol: number, bytes: Uint8Array): number {
  const [source, destination] = [IpAddress.of(between.source), IpAddress.of(between.destination)];
  return checksum(pseudoHeader(source, destination, protocol, bytes.length), bytes);
}

export interface TunnelFields {
  readonly type: "ipip" | "gue" | "gre";
  readonly sum?: boolean;
  readonly port?: number;
  readonly sourcePort?: number;
}

/** What stands around a packet in a tunnel, without an Ethernet header. */
export function wrap(outer: Omit<IpFields, "protocol">, tunnel: TunnelFields, inner: Uint8Array): Uint8Array {
  const within = familyOf(inner) === 6 ? 41 : 4;
  if (tunnel.type === "ipip") return ipPacket({ ...outer, protocol: within }, inner);
  if (tunnel.type === "gue") {
    const fields = { ...outer, protocol: udpProtocol };
    const payload = Buffer.concat([Buffer.from([0, within, 0, 0]), inner]);
    const ports = [tunnel.sourcePort ?? 40000, tunnel.port ?? 6080] as const;
    return ipPacket(fields, udpDatagram(fields, ports, payload, tunnel.sum ?? false));
  }
  const head = Buffer.alloc(tunnel.sum ? 8 : 4);
  if (tunnel.sum) head.writeUInt16BE(0x8000, 0);
  head.writeUInt16BE(familyOf(inner) === 6 ? EtherType.IPv6 : EtherType.IPv4, 2);
  const packet = Buffer.concat([head, inner]);
  if (tunnel.sum) packet.writeUInt16BE(checksum(packet), 4);
  return ipPacket({ ...outer, protocol: greProtocol }, packet);
}

/** An IP packet as a frame. */
export function framed(
  packet: Uint8Array,
  macs: { destination: Uint8Array; source: Uint8Array },
): Uint8Array {
  const type = Buffer.alloc(2);
  type.writeUInt16BE(familyOf(packet) === 6 ? EtherType.IPv6 : EtherType.IPv4);
  return Buffer.concat([macs.destination, macs.source, type, packet]);
}
