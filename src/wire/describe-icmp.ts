import { IpAddress } from "./address.js";
import { get16 } from "./bytes.js";
import { type DecodedIcmp, echoOf, IcmpType, Unreachable } from "./icmp.js";
import { Icmpv6Type, Unreachable6 } from "./icmpv6.js";
import { IpProtocol } from "./ipv4.js";
import { decodeNetwork } from "./packet.js";

/** What an ICMP message says, without its length. */
export function describeIcmp(icmp: DecodedIcmp): string {
  const { type, code } = icmp;
  if (type === IcmpType.echoRequest || type === IcmpType.echoReply) {
    const { identifier, sequence } = echoOf(icmp);
    return `echo ${type === IcmpType.echoRequest ? "request" : "reply"}, id ${identifier}, seq ${sequence}`;
  }
  if (type === IcmpType.timeExceeded)
    return code === 0 ? "time exceeded in-transit" : "ip reassembly time exceeded";
  const about = decodeNetwork(icmp.payload)?.ipv4;
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
      return `${about.destination} ${portOwner(about.protocol)} port ${port} unreachable`;
    }
    case Unreachable.fragmentationNeeded: {
      const mtu = icmp.rest & 0xffff;
      return `${about.destination} unreachable - need to frag${mtu ? ` (mtu ${mtu})` : ""}`;
    }
    default:
      return `${about.destination} unreachable - #${code}`;
  }
}

/** Whose port is unreachable: only TCP and UDP have names there. */
function portOwner(protocol: number): string {
  if (protocol === IpProtocol.TCP) return "tcp";
  return protocol === IpProtocol.UDP ? "udp" : `protocol ${protocol}`;
}

/** What an ICMPv6 message says, without its length. */
export function describeIcmpv6(icmp: DecodedIcmp): string {
  const { type, code, rest, payload } = icmp;
  switch (type) {
    case Icmpv6Type.echoRequest:
    case Icmpv6Type.echoReply: {
      const { identifier, sequence } = echoOf(icmp);
      return `echo ${type === Icmpv6Type.echoRequest ? "request" : "reply"}, id ${identifier}, seq ${sequence}`;
    }
    case Icmpv6Type.unreachable:
      return `destination unreachable, ${unreachable6(icmp)}`;
    case Icmpv6Type.packetTooBig:
      return `packet too big, mtu ${rest}`;
    case Icmpv6Type.timeExceeded: {
      const about = decodeNetwork(payload)?.ipv6;
      if (code !== 0) return "time exceeded in-transit (reassembly)";
      return `time exceeded in-transit${about ? ` for ${about.destination}` : ""}`;
    }
    case Icmpv6Type.parameterProblem: {
      const names = ["errorneous", "next header", "option"];
      return `parameter problem, ${names[code] ?? `code #${code}`} - octet ${rest}`;
    }
    case Icmpv6Type.routerSolicitation:
      return "router solicitation";
    case Icmpv6Type.routerAdvertisement:
      return "router advertisement";
    case Icmpv6Type.neighbourSolicitation:
      return `neighbor solicitation, who has ${target(payload)}`;
    case Icmpv6Type.neighbourAdvertisement:
      return `neighbor advertisement, tgt is ${target(payload)}`;
    case Icmpv6Type.listenerReport:
      return `multicast listener report v2, ${rest & 0xffff} group record(s)`;
    default:
      return `type-#${type}`;
  }
}

const target = (payload: Uint8Array): string =>
  payload.length < 16 ? "[|icmp6]" : IpAddress.fromBytes(payload.subarray(0, 16)).toString();

function unreachable6({ code, payload }: DecodedIcmp): string {
  const about = decodeNetwork(payload)?.ipv6;
  const destination = about ? ` ${about.destination}` : "";
  switch (code) {
    case Unreachable6.route:
      return `unreachable route${destination}`;
    case Unreachable6.prohibited:
      return ` unreachable prohibited${destination}`; // two blanks, as tcpdump has it
    case Unreachable6.scope:
      return `beyond scope${destination}${about ? `, source address ${about.source}` : ""}`;
    case Unreachable6.address:
      return `unreachable address${destination}`;
    case Unreachable6.port: {
      if (!about) return "unreachable port";
      const port = about.payload.length >= 4 ? get16(about.payload, 2) : 0;
      return `unreachable port,${destination} ${portOwner(about.protocol)} port ${port}`;
    }
    default:
      return `unknown unreach code (${code})`;
  }
}
