import {
  type DecodedIpv4,
  type DecodedIpv6,
  type DecodedTcp,
  decodeGue,
  decodeNetwork,
  type Network,
  type Packet,
} from "../wire/index.js";

/** The outer header of a tunnel. */
export interface Tunnel {
  readonly type: "IPIP" | "GRE" | "GUE";
  /** The director. */
  readonly source: string;
  /** The real server. */
  readonly destination: string;
}

/** A TCP segment with its IP header, and what that was put into. */
export interface Segment {
  readonly ip: DecodedIpv4 | DecodedIpv6;
  readonly tcp: DecodedTcp;
  readonly tunnel?: Tunnel;
}

/** The segment in a frame, out of the one tunnel that it may be in; undefined if there is none. */
export function segmentOf(packet: Packet): Segment | undefined {
  const outer = packet.ipv4 ?? packet.ipv6;
  if (!outer) return undefined;
  if (packet.tcp) return { ip: outer, tcp: packet.tcp };
  const inner = packet.inner ?? innerOfGue(packet);
  const ip = inner?.ipv4 ?? inner?.ipv6;
  if (!inner?.tcp || !ip) return undefined;
  const type = packet.gre ? "GRE" : packet.udp ? "GUE" : "IPIP";
  const tunnel = { type, source: `${outer.source}`, destination: `${outer.destination}` } as const;
  return { ip, tcp: inner.tcp, tunnel };
}

/** GUE is told by its port alone, which is a rule's to choose: what can be read as a segment of the connection is taken. */
function innerOfGue({ udp }: Packet): Network | undefined {
  const gue = udp && decodeGue(udp.payload);
  return gue && !gue.control ? decodeNetwork(gue.payload) : undefined;
}
