import { type Arp, ArpOperation } from "./arp.js";
import { get16 } from "./bytes.js";
import { EtherType } from "./ethernet.js";
import { type DecodedIcmp, echoOf, IcmpType, Unreachable } from "./icmp.js";
import { type DecodedIpv4, decodeIpv4, IpProtocol } from "./ipv4.js";
import { MacAddress } from "./mac.js";
import { decodePacket, decodeTransport, type Packet, type Transport } from "./packet.js";
import type { DecodedTcp, TcpFlag } from "./tcp.js";
import type { TcpOption } from "./tcp-options.js";

/**
 * One line about a frame, as `tcpdump -nn -t -S` prints it (4.99):
 * "IP 192.168.4.10.40312 > 192.168.4.15.80: Flags [S], seq 1, win 64240, options [mss 1460], length 0".
 * What it does not know it names by its number.
 */
export function describe(frame: Uint8Array | Packet): string {
  const packet = frame instanceof Uint8Array ? decodePacket(frame) : frame;
  if (!packet) return "[|ether]";
  const { ethernet, arp, ipv4 } = packet;
  if (arp) return describeArp(arp, ethernet.payload.length);
  if (ipv4) return `IP ${describeIpv4(ipv4, packet)}`;
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

function describeIpv4(ip: DecodedIpv4, transport: Transport): string {
  const { source, destination, totalLength, headerLength } = ip;
  const length = totalLength - headerLength;
  const { tcp, udp, icmp } = transport;
  const ends = (from: number, to: number) => `${source}.${from} > ${destination}.${to}`;
  if (tcp) return `${ends(tcp.sourcePort, tcp.destinationPort)}: ${describeTcp(tcp, length)}`;
  if (udp) return `${ends(udp.sourcePort, udp.destinationPort)}: UDP, length ${udp.length - 8}`;
  if (icmp) return `${source} > ${destination}: ICMP ${describeIcmp(icmp)}, length ${length}`;
  return `${source} > ${destination}: ${protocolName(ip)}`;
}

function protocolName(ip: DecodedIpv4): string {
  if (ip.fragmentOffset > 0) return `ip-proto-${ip.protocol}`;
  if (ip.protocol === IpProtocol.IPIP) {
    const inner = decodeIpv4(ip.payload);
    if (inner) return `IP ${describeIpv4(inner, decodeTransport(inner))}`;
  }
  return `ip-proto-${ip.protocol} ${ip.totalLength - ip.headerLength}`;
}

const flagLetters: readonly (readonly [TcpFlag, string])[] = [
  ["fin", "F"],
  ["syn", "S"],
  ["rst", "R"],
  ["psh", "P"],
  ["ack", "."],
  ["urg", "U"],
  ["ece", "E"],
  ["cwr", "W"],
];

/** "S", "S.", "P." … as tcpdump has them; "none" without any flag. */
export function flagText(tcp: Pick<DecodedTcp, "flags">): string {
  return flagLetters.map(([name, letter]) => (tcp.flags[name] ? letter : "")).join("") || "none";
}

function describeTcp(tcp: DecodedTcp, lengthOnWire: number): string {
  const { flags, sequence, acknowledgement, window, urgentPointer, options } = tcp;
  const length = lengthOnWire - tcp.headerLength;
  const parts = [`Flags [${flagText(tcp)}]`];
  const range = length > 0 ? `${sequence}:${(sequence + length) % 2 ** 32}` : `${sequence}`;
  if (length > 0 || flags.syn || flags.fin || flags.rst) parts.push(`seq ${range}`);
  if (flags.ack) parts.push(`ack ${acknowledgement}`);
  parts.push(`win ${window}`);
  if (flags.urg) parts.push(`urg ${urgentPointer}`);
  if (options.length > 0) parts.push(`options [${options.map(optionText).join(",")}]`);
  parts.push(`length ${length}`);
  return parts.join(", ") + (length > 0 && isHttp(tcp) ? httpText(tcp.payload) : "");
}

function optionText(option: TcpOption): string {
  switch (option.kind) {
    case "end":
      return "eol";
    case "nop":
      return "nop";
    case "mss":
      return `mss ${option.value}`;
    case "windowScale":
      return `wscale ${option.shift}`;
    case "sackPermitted":
      return "sackOK";
    case "sack":
      return `sack ${option.blocks.length} ${option.blocks.map(([left, right]) => `{${left}:${right}}`).join("")}`;
    case "timestamps":
      return `TS val ${option.value} ecr ${option.echo}`;
    case "other": {
      const data = Array.from(option.data, (byte) => byte.toString(16).padStart(2, "0")).join("");
      return `unknown-${option.number}${data ? ` 0x${data}` : ""}`;
    }
  }
}

const httpPorts = [80, 8080, 3128];
const isHttp = (tcp: DecodedTcp) =>
  httpPorts.includes(tcp.sourcePort) || httpPorts.includes(tcp.destinationPort);

/** The first line of an HTTP message; nothing of what only continues one. */
function httpText(payload: Uint8Array): string {
  const text = String.fromCharCode(...payload.subarray(0, 200));
  const line = /^((?:[A-Z]{3,10} |HTTP\/)[\x20-\x7e]*)\r?\n/.exec(text);
  return line ? `: HTTP: ${line[1]}` : ": HTTP";
}

function describeIcmp(icmp: DecodedIcmp): string {
  const { type, code } = icmp;
  if (type === IcmpType.echoRequest || type === IcmpType.echoReply) {
    const { identifier, sequence } = echoOf(icmp);
    return `echo ${type === IcmpType.echoRequest ? "request" : "reply"}, id ${identifier}, seq ${sequence}`;
  }
  if (type === IcmpType.timeExceeded)
    return code === 0 ? "time exceeded in-transit" : "ip reassembly time exceeded";
  const about = decodeIpv4(icmp.payload);
  if (type !== IcmpType.unreachable || !about) return `type-#${type}`;
  switch (code) {
    case Unreachable.network:
      return `net ${about.destination} unreachable`;
    case Unreachable.host:
      return `host ${about.destination} unreachable`;
    case Unreachable.protocol:
      return `${about.destination} protocol ${about.protocol} unreachable`;
    case Unreachable.port: {
      const port = about.payload.length >= 4 ? get16(about.payload, 2) : 0;
      const name = about.protocol === IpProtocol.TCP ? "tcp" : "udp";
      return `${about.destination} ${name} port ${port} unreachable`;
    }
    case Unreachable.fragmentationNeeded: {
      const mtu = icmp.rest & 0xffff;
      return `${about.destination} unreachable - need to frag${mtu ? ` (mtu ${mtu})` : ""}`;
    }
    default:
      return `${about.destination} unreachable - #${code}`;
  }
}
