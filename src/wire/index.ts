export { IpAddress } from "./address.js";
export { type Arp, ArpOperation, decodeArp, encodeArp } from "./arp.js";
export {
  type EthernetBuilder,
  ethernet,
  type Ipv4Builder,
  type Ipv4Options,
  type TcpFields,
} from "./builder.js";
export { concat, equalBytes, get16, get32, put16, put32 } from "./bytes.js";
export { checksum, checksumAfter, checksumAfterBytes, pseudoHeader } from "./checksum.js";
export { describe, flagText } from "./describe.js";
export { decodeEthernet, type EthernetFrame, EtherType, encodeEthernet } from "./ethernet.js";
export {
  type DecodedIcmp,
  decodeIcmp,
  echoOf,
  encodeIcmp,
  type Icmp,
  IcmpType,
  Unreachable,
} from "./icmp.js";
export { type DecodedIpv4, decodeIpv4, encodeIpv4, IpProtocol, type Ipv4Packet } from "./ipv4.js";
export { MacAddress } from "./mac.js";
export { decodePacket, decodeTransport, type Packet, type Transport } from "./packet.js";
export { linkTypeEthernet, type PcapRecord, pcapHeader, pcapRecord, readPcap, writePcap } from "./pcap.js";
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
