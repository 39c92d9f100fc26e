import { struct } from "./struct.js";
import { be16, be32, bytes, u8 } from "./types.js";

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

export const EtherType = { IPv4: 0x0800, ARP: 0x0806, VLAN: 0x8100, IPv6: 0x86dd } as const;
export const IpProtocol = { ICMP: 1, IPIP: 4, TCP: 6, UDP: 17, GRE: 47, ICMPv6: 58, SCTP: 132 } as const;
/** Bits of {@link Ipv4}.fragment: more fragments follow, and the offset. */
export const fragmented = 0x3fff;
export const TcpFlag = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16 } as const;
