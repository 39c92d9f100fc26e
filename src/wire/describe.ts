import { type Arp, ArpOperation } from "./arp.js";
import { describeIcmp, describeIcmpv6 } from "./describe-icmp.js";
import { describeSctp } from "./describe-sctp.js";
import { describeTcp } from "./describe-tcp.js";
import { describeVrrp } from "./describe-vrrp.js";
import { EtherType } from "./ethernet.js";
import type { DecodedGre } from "./gre.js";
import { type DecodedIpv4, IpProtocol } from "./ipv4.js";
import type { DecodedIpv6, Ipv6Extension } from "./ipv6.js";
import { MacAddress } from "./mac.js";
import { decodePacket, type Network, type Packet } from "./packet.js";

/**
 * One line about a frame, as `tcpdump -nn -t -S` prints it (4.99):
 * "IP 192.168.4.10.40312 > 192.168.4.15.80: Flags [S], seq 1, win 64240, options [mss 1460], length 0".
 * What it does not know it names by its number.
 */
export function describe(frame: Uint8Array | Packet): string {
  const packet = frame instanceof Uint8Array ? decodePacket(frame) : frame;
  if (!packet) return "[|ether]";
  const { ethernet, arp } = packet;
  if (arp) return describeArp(arp, ethernet.payload.length);
  if (packet.ipv4 || packet.ipv6) return describeNetwork(packet);
  const names: Record<number, string> = {
    [EtherType.ARP]: "ARP",
    [EtherType.IPv4]: "IP",
    [EtherType.IPv6]: "IP6",
  };
  const type = names[ethernet.type] ?? `ethertype 0x${ethernet.type.toString(16).padStart(4, "0")}`;
  return `${type}, length ${ethernet.payload.length}`;
}

function describeArp(arp: Arp, length: number): string {
  const { operation, senderIp, senderMac, targetIp, targetMac } = arp;
  if (operation === ArpOperation.request) {
    const asked = targetMac.equals(MacAddress.zero) ? "" : ` (${targetMac})`;
    return `ARP, Request who-has ${targetIp}${asked} tell ${senderIp}, length ${length}`;
  }
  if (operation === ArpOperation.reply) return `ARP, Reply ${senderIp} is-at ${senderMac}, length ${length}`;
  return `ARP, Unknown (${operation}), length ${length}`;
}

/** A packet of either family, and the packets in it. {@link describe} */
export function describeNetwork(network: Network): string {
  const { ipv4, ipv6 } = network;
  if (ipv4) return `IP ${describeIp(ipv4, network, describeIcmp, "ICMP ", "")}`;
  if (!ipv6) return "[|ip]";
  return `IP6 ${describeIp(ipv6, network, describeIcmpv6, "ICMP6, ", describeExtensions(ipv6))}`;
}

function describeIp(
  ip: DecodedIpv4 | DecodedIpv6,
  network: Network,
  icmpText: typeof describeIcmp,
  icmpName: string,
  extensions: string,
): string {
  const { source, destination, totalLength, headerLength } = ip;
  const length = totalLength - headerLength;
  const { tcp, udp, sctp, icmp, gre, inner } = network;
  const plain = `${source} > ${destination}: ${extensions}`;
  // Behind extensions tcpdump has told the addresses already.
  const ends = (from: number, to: number) =>
    extensions ? `${plain}${from} > ${to}` : `${source}.${from} > ${destination}.${to}`;
  if (tcp) return `${ends(tcp.sourcePort, tcp.destinationPort)}: ${describeTcp(tcp, length)}`;
  if (udp) return `${ends(udp.sourcePort, udp.destinationPort)}: UDP, length ${udp.length - 8}`;
  if (sctp) return `${ends(sctp.sourcePort, sctp.destinationPort)}: ${describeSctp(sctp)}`;
  if (icmp) return `${plain}${icmpName}${icmpText(icmp)}, length ${length}`;
  if (gre) return `${plain}${describeGre(gre, length, inner)}`;
  if (inner) return `${plain}${describeNetwork(inner)}`;
  if (ip.fragmentOffset > 0) return network.ipv6 ? plain.trimEnd() : `${plain}ip-proto-${ip.protocol}`;
  if (ip.protocol === IpProtocol.VRRP) return `${plain}${describeVrrp(ip.payload, length)}`;
  if (ip.protocol === IpProtocol.NOTHING && network.ipv6) return `${plain}no next header`;
  return `${plain}${network.ipv6 ? " " : ""}ip-proto-${ip.protocol} ${length}`;
}

function describeExtensions({ extensions, payload }: DecodedIpv6): string {
  const text = (extension: Ipv6Extension) => {
    switch (extension.kind) {
      case "fragment":
        return `frag (${extension.offset}|${payload.length}) `;
      case "hopByHop":
        return "HBH ";
      case "destination":
        return "DSTOPT ";
      case "routing":
        return "RT6 ";
    }
  };
  return extensions.map(text).join("");
}

function describeGre(gre: DecodedGre, length: number, inner: Network | undefined): string {
  const parts = ["GREv0"];
  if (gre.withChecksum) parts.push("off 0x0");
  if (gre.key !== undefined) parts.push(`key=0x${gre.key.toString(16)}`);
  if (gre.sequence !== undefined) parts.push(`seq ${gre.sequence}`);
  const carried = inner ? describeNetwork(inner) : `gre-proto-0x${gre.type.toString(16)}`;
  return `${parts.join(", ")}, length ${length}: ${carried}`;
}
