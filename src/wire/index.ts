export { IpAddress } from "./address.js";
export { gratuitousArp, unsolicitedAdvertisement } from "./announcement.js";
export { type Arp, ArpOperation, decodeArp, encodeArp } from "./arp.js";
export {
  type BfdControl,
  type BfdParsed,
  type BfdState,
  bfdDiagnostics,
  bfdPort,
  bfdSourcePorts,
  bfdStates,
  encodeBfd,
  parseBfd,
} from "./bfd.js";
export { type EthernetBuilder, type EthernetOptions, ethernet, type Mac } from "./builder.js";
export { concat, equalBytes, get16, get32, put16, put32 } from "./bytes.js";
export { checksum, checksumAfter, checksumAfterBytes, pseudoHeader } from "./checksum.js";
export { advance, advancePowers, advanceTables, crc32c } from "./crc32c.js";
export { describe, describeNetwork } from "./describe.js";
export { flagText } from "./describe-tcp.js";
export { decodeEthernet, type EthernetFrame, EtherType, encodeEthernet } from "./ethernet.js";
export { type DecodedGre, decodeGre, encodeGre, type Gre } from "./gre.js";
export { decodeGue, encodeGue, type Gue } from "./gue.js";
export {
  type DecodedIcmp,
  decodeIcmp,
  echoOf,
  encodeIcmp,
  type Icmp,
  IcmpType,
  Unreachable,
} from "./icmp.js";
export { decodeIcmpv6, encodeIcmpv6, Icmpv6Type, Unreachable6 } from "./icmpv6.js";
export {
  type IpBuilder,
  type Ipv4Builder,
  type Ipv4Options,
  type Ipv6Builder,
  type Ipv6Options,
  ipv4,
  ipv6,
  type SctpChunkFields,
  type SctpFields,
  type TcpFields,
  type TunnelBuilder,
  type UdpFields,
} from "./ip-builder.js";
export { type DecodedIpv4, decodeIpv4, encodeIpv4, IpProtocol, type Ipv4Packet } from "./ipv4.js";
export {
  type DecodedIpv6,
  decodeIpv6,
  ExtensionType,
  encodeIpv6,
  type Ipv6Extension,
  type Ipv6Packet,
} from "./ipv6.js";
export type { Ip, Layer } from "./layer.js";
export { MacAddress } from "./mac.js";
export {
  decodeNetwork,
  decodePacket,
  decodeTransport,
  type Network,
  type Packet,
  type Transport,
} from "./packet.js";
export { linkTypeEthernet, type PcapRecord, pcapHeader, pcapRecord, readPcap, writePcap } from "./pcap.js";
export { type PcapngPacket, pcapngHeader, pcapngInterface, pcapngPacket } from "./pcapng.js";
export {
  type DecodedSctp,
  decodeSctp,
  encodeSctp,
  type SctpChunk,
  type SctpChunkName,
  SctpChunkType,
  type SctpPacket,
  sctpChecksumOk,
} from "./sctp.js";
export {
  type DecodedTcp,
  decodeTcp,
  encodeTcp,
  flagBits,
  flagsOf,
  type TcpFlag,
  type TcpFlags,
  type TcpSegment,
  tcpChecksumOk,
  tcpFlagNames,
} from "./tcp.js";
export { decodeTcpOptions, encodeTcpOptions, type TcpOption } from "./tcp-options.js";
export { type DecodedUdp, decodeUdp, encodeUdp, type Udp, udpChecksumOk } from "./udp.js";
export {
  encodeVrrp,
  parseVrrp,
  type VrrpAdvertisement,
  VrrpAuthentication,
  type VrrpChecksum,
  type VrrpEnds,
  type VrrpFault,
  type VrrpParsed,
  vrrpGroup4,
  vrrpGroup6,
  vrrpPassword,
} from "./vrrp.js";
