import { struct } from "./struct.js";
import { be16, be32, bytes, u8, u32 } from "./types.js";

/** IEEE 802.3: destination, source, and what comes next. */
export const Ethernet = struct("Ethernet", { destination: bytes(6, 2), source: bytes(6, 2), type: be16 });

/** RFC 791, section 3.1, without options: `versionAndLength` is 0x45 when there are none. */
export const Ipv4 = struct("Ipv4", {
  versionAndLength: u8,
  typeOfService: u8,
  totalLength: be16,
  identification: be16,
  fragment: be16,
  timeToLive: u8,
  protocol: u8,
  checksum: be16,
  source: be32,
  destination: be32,
});

/** RFC 8200, section 3. The first word holds version, traffic class and flow label. */
export const Ipv6 = struct("Ipv6", {
  versionAndFlow: be32,
  payloadLength: be16,
  nextHeader: u8,
  hopLimit: u8,
  source: bytes(16, 4),
  destination: bytes(16, 4),
});

/** What hop-by-hop options, routing and destination options begin with (RFC 8200, section 4): length in units of 8 bytes beyond the first. */
export const Ipv6Extension = struct("Ipv6Extension", { nextHeader: u8, length: u8, content: bytes(6, 1) });

/** RFC 8200, section 4.5: 13 bits of offset, in units of 8 bytes, two of nothing, one for more to come. */
export const Ipv6Fragment = struct("Ipv6Fragment", {
  nextHeader: u8,
  reserved: u8,
  fragment: be16,
  identification: be32,
});

/** RFC 9293, section 3.1, without options. */
export const Tcp = struct("Tcp", {
  sourcePort: be16,
  destinationPort: be16,
  sequence: be32,
  acknowledgment: be32,
  dataOffset: u8,
  flags: u8,
  window: be16,
  checksum: be16,
  urgent: be16,
});

/** RFC 768. */
export const Udp = struct("Udp", { sourcePort: be16, destinationPort: be16, length: be16, checksum: be16 });

/** RFC 9260, section 3.1; the checksum as it stands, in no byte order of its own. */
export const Sctp = struct("Sctp", { sourcePort: be16, destinationPort: be16, tag: be32, checksum: u32 });
/** RFC 9260, section 3.2. */
export const SctpChunk = struct("SctpChunk", { type: u8, flags: u8, length: be16 });

/** RFC 792 and RFC 4443: what all of their messages begin with; `rest` belongs to the type. */
export const Icmp = struct("Icmp", { type: u8, code: u8, checksum: be16, rest: be32 });

export const EtherType = { IPv4: 0x0800, ARP: 0x0806, VLAN: 0x8100, IPv6: 0x86dd } as const;
export const IpProtocol = { ICMP: 1, IPIP: 4, TCP: 6, UDP: 17, GRE: 47, ICMPv6: 58, SCTP: 132 } as const;
/** Headers that may stand between IPv6's own and the transport's. */
export const Ipv6Header = { hopByHop: 0, routing: 43, fragment: 44, destination: 60 } as const;
/** Bits of {@link Ipv4}.fragment: more fragments follow, and the offset. */
export const fragmented = 0x3fff;
export const TcpFlag = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16 } as const;
