import { type Arp, decodeArp } from "./arp.js";
import { decodeEthernet, type EthernetFrame, EtherType } from "./ethernet.js";
import { type DecodedIcmp, decodeIcmp } from "./icmp.js";
import { type DecodedIpv4, decodeIpv4, IpProtocol } from "./ipv4.js";
import { type DecodedTcp, decodeTcp } from "./tcp.js";
import { type DecodedUdp, decodeUdp } from "./udp.js";

/** A frame and the layers that were recognised in it, outermost first; what can't be read is absent. */
export interface Packet extends Transport {
  readonly ethernet: EthernetFrame;
  readonly arp?: Arp;
  readonly ipv4?: DecodedIpv4;
}

/** undefined only if the bytes are no Ethernet frame. A later fragment has no transport layer. */
export function decodePacket(bytes: Uint8Array): Packet | undefined {
  const ethernet = decodeEthernet(bytes);
  if (!ethernet) return undefined;
  if (ethernet.type === EtherType.ARP) {
    const arp = decodeArp(ethernet.payload);
    return arp ? { ethernet, arp } : { ethernet };
  }
  const ipv4 = ethernet.type === EtherType.IPv4 ? decodeIpv4(ethernet.payload) : undefined;
  return ipv4 ? { ethernet, ipv4, ...decodeTransport(ipv4) } : { ethernet };
}

/** The layer above IP: at most one of the three. */
export interface Transport {
  readonly tcp?: DecodedTcp;
  readonly udp?: DecodedUdp;
  readonly icmp?: DecodedIcmp;
}

export function decodeTransport(ipv4: DecodedIpv4): Transport {
  if (ipv4.fragmentOffset > 0) return {};
  const tcp = ipv4.protocol === IpProtocol.TCP ? decodeTcp(ipv4.payload) : undefined;
  if (tcp) return { tcp };
  const udp = ipv4.protocol === IpProtocol.UDP ? decodeUdp(ipv4.payload) : undefined;
  if (udp) return { udp };
  const icmp = ipv4.protocol === IpProtocol.ICMP ? decodeIcmp(ipv4.payload) : undefined;
  return icmp ? { icmp } : {};
}
