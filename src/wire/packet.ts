import { type Arp, decodeArp } from "./arp.js";
import { decodeEthernet, type EthernetFrame, EtherType } from "./ethernet.js";
import { type DecodedGre, decodeGre } from "./gre.js";
import { type DecodedIcmp, decodeIcmp } from "./icmp.js";
import { decodeIcmpv6 } from "./icmpv6.js";
import { type DecodedIpv4, decodeIpv4, IpProtocol } from "./ipv4.js";
import { type DecodedIpv6, decodeIpv6 } from "./ipv6.js";
import { type DecodedSctp, decodeSctp } from "./sctp.js";
import { type DecodedTcp, decodeTcp } from "./tcp.js";
import { type DecodedUdp, decodeUdp } from "./udp.js";

/** A frame and the layers that were recognised in it, outermost first; what can't be read is absent. */
export interface Packet extends Network {
  readonly ethernet: EthernetFrame;
  readonly arp?: Arp;
}

/** An IP packet of either family, and what it carries. */
export interface Network extends Transport {
  readonly ipv4?: DecodedIpv4;
  readonly ipv6?: DecodedIpv6;
}

/** The layer above IP: at most one of them, but GRE with the packet that is `inner`. */
export interface Transport {
  readonly tcp?: DecodedTcp;
  readonly udp?: DecodedUdp;
  readonly sctp?: DecodedSctp;
  /** ICMP or ICMPv6, as the family says. */
  readonly icmp?: DecodedIcmp;
  readonly gre?: DecodedGre;
  /** An IP packet right within this one or within its GRE. GUE is not looked into: only its port tells it. */
  readonly inner?: Network;
}

/** undefined only if the bytes are no Ethernet frame. A later fragment has no transport layer. */
export function decodePacket(bytes: Uint8Array): Packet | undefined {
  const ethernet = decodeEthernet(bytes);
  if (!ethernet) return undefined;
  if (ethernet.type === EtherType.ARP) {
    const arp = decodeArp(ethernet.payload);
    return arp ? { ethernet, arp } : { ethernet };
  }
  const isIp = ethernet.type === EtherType.IPv4 || ethernet.type === EtherType.IPv6;
  return { ethernet, ...(isIp ? networkOf(ethernet.type, ethernet.payload) : undefined) };
}

/** An IP packet that stands alone, such as the one an ICMP error quotes. undefined if it is none. */
export function decodeNetwork(bytes: Uint8Array): Network | undefined {
  return networkOf((bytes[0] ?? 0) >> 4 === 6 ? EtherType.IPv6 : EtherType.IPv4, bytes);
}

/** What an IP packet carries; nothing for a later fragment. */
export function decodeTransport(ip: DecodedIpv4 | DecodedIpv6): Transport {
  return transportOf(ip, 0);
}

/** Packets within packets are not followed further than this. */
const deepest = 8;

function networkOf(type: number, bytes: Uint8Array, depth = 0): Network | undefined {
  if (type === EtherType.IPv6) {
    const ipv6 = decodeIpv6(bytes);
    return ipv6 && { ipv6, ...transportOf(ipv6, depth) };
  }
  const ipv4 = type === EtherType.IPv4 ? decodeIpv4(bytes) : undefined;
  return ipv4 && { ipv4, ...transportOf(ipv4, depth) };
}

function transportOf(ip: DecodedIpv4 | DecodedIpv6, depth: number): Transport {
  const { protocol, payload, source, destination } = ip;
  if (ip.fragmentOffset > 0 || depth > deepest) return {};
  switch (protocol) {
    case IpProtocol.TCP:
      return named("tcp", decodeTcp(payload));
    case IpProtocol.UDP:
      return named("udp", decodeUdp(payload));
    case IpProtocol.SCTP:
      return named("sctp", decodeSctp(payload));
    case IpProtocol.ICMP:
      return source.family === 4 ? named("icmp", decodeIcmp(payload)) : {};
    case IpProtocol.ICMPV6:
      return source.family === 6 ? named("icmp", decodeIcmpv6(payload, source, destination)) : {};
    case IpProtocol.IPIP:
      return named("inner", networkOf(EtherType.IPv4, payload, depth + 1));
    case IpProtocol.IPV6:
      return named("inner", networkOf(EtherType.IPv6, payload, depth + 1));
    case IpProtocol.GRE: {
      const gre = decodeGre(payload);
      return gre ? { gre, ...named("inner", networkOf(gre.type, gre.payload, depth + 1)) } : {};
    }
    default:
      return {};
  }
}

function named<Name extends keyof Transport>(
  name: Name,
  value: Transport[Name] | undefined,
): Pick<Transport, Name> {
  return (value ? { [name]: value } : {}) as Pick<Transport, Name>;
}
