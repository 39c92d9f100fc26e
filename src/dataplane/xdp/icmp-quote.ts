import {
  be16,
  type Condition,
  type Ethernet,
  type Icmp,
  IpProtocol,
  type Ipv4,
  Ipv6,
  type Packet,
  type StructView,
  struct,
  type U32,
  type U64,
  u16,
  u32,
  u64,
  when,
} from "../../asm/index.js";
import { corrected, difference } from "./internet-checksum.js";
import { decrementTimeToLive, headerLengthOf } from "./ip-header.js";

type EthernetView = StructView<(typeof Ethernet)["shape"]>;
type Ipv4View = StructView<(typeof Ipv4)["shape"]>;
type Ipv6View = StructView<(typeof Ipv6)["shape"]>;
type IcmpView = StructView<(typeof Icmp)["shape"]>;

/** What TCP, UDP and SCTP begin with; an ICMP error need not quote more of them. */
export const Ports = struct("Ports", { sourcePort: be16, destinationPort: be16 });
type PortsView = StructView<(typeof Ports)["shape"]>;

/** Bits of {@link Ipv4}.fragment: what doesn't begin the packet has no ports. */
export const fragmentOffset = 0x1fff;

type End = "source" | "destination";

/** An ICMP error and what can be read of the packet that it is about. */
export interface IcmpError {
  readonly ethernet: EthernetView;
  /** Bytes from the outer IP header on. */
  length(): U32;
  timeToLive(): U32;
  decrementTimeToLive(): void;
  /** Protocol of the packet that is quoted. */
  readonly protocol: U32;
  /** The two ports that are quoted, as a flow has them (source, then destination), and the addresses so. */
  readonly ports: U32;
  readonly addresses: readonly U64[];
  /** The same for a packet that would come back. */
  readonly portsBack: U32;
  readonly addressesBack: readonly U64[];
  /** Gives the outer packet's one end an address, the quoted packet's one end the same address and a port; makes all checksums right. */
  readdress(outer: End, quoted: End, address: readonly U32[], port: U32): void;
}

/** Whether a protocol is one that has connections. */
export const isTransport = (protocol: U32): Condition =>
  [IpProtocol.TCP, IpProtocol.UDP, IpProtocol.SCTP].map((one) => protocol.is(one)).reduce((a, b) => a.or(b));

/**
 * An IPv4 packet that is an ICMP error; all else goes to `other`. The whole way through it:
 *
 *     | Ethernet | IPv4, options | ICMP | IPv4, options | ports | …
 *                                        the quoted packet
 */
export function icmpError4(
  packet: Packet,
  ethernet: EthernetView,
  { ip, icmp, about }: { ip: Ipv4View; icmp: IcmpView; about: Ipv4View },
  other: () => void,
): IcmpError {
  const { protocol } = about;
  packet.continueAfter(about, headerLengthOf(about));
  const inside = packet.header(Ports, other);
  const addresses = about.read(u64, "source");
  return {
    ethernet,
    length: () => ip.totalLength.host,
    timeToLive: () => ip.timeToLive,
    decrementTimeToLive: () => decrementTimeToLive(ip),
    protocol,
    ...portsOf(inside),
    addresses: [addresses],
    addressesBack: [addresses.shiftLeft(32).or(addresses.shiftRight(32))],
    readdress(outer, quoted, [to], port) {
      ip.write(u16, "checksum", corrected(ip.checksum.raw, difference([{ from: ip[outer].raw, to: to! }])));
      ip.write(u32, outer, to!);
      const address = { from: about[quoted].raw, to: to! };
      const from = about.checksum.raw;
      const sum = { from, to: corrected(from, difference([address])) };
      about.write(u16, "checksum", sum.to);
      about.write(u32, quoted, to!);
      putPort(icmp, inside, quoted, port, difference([address, sum]));
    },
  };
}

/** The same for an IPv6 packet. Its checksum covers the outer addresses, and the quoted header has none. */
export function icmpError6(
  packet: Packet,
  ethernet: EthernetView,
  { ip, icmp }: { ip: Ipv6View; icmp: IcmpView },
  other: () => void,
): IcmpError {
  const about = packet.header(Ipv6, other);
  when(about.read(u16, "versionAndFlow").and(0xf0).isNot(0x60), other);
  const protocol = about.nextHeader;
  when(isTransport(protocol).not, other);
  const inside = packet.header(Ports, other);
  const { source, destination } = about;
  const ends = [source, destination].map((end) => [end.wide(0), end.wide(8)]);
  return {
    ethernet,
    length: () => ip.payloadLength.host.add(Ipv6.size),
    timeToLive: () => ip.hopLimit,
    decrementTimeToLive: () => {
      ip.hopLimit = ip.hopLimit.sub(1);
    },
    protocol,
    ...portsOf(inside),
    addresses: ends.flat(),
    addressesBack: ends.toReversed().flat(),
    readdress(outer, quoted, address, port) {
      const changes = [ip[outer], about[quoted]].flatMap((end) =>
        address.map((to, index) => {
          const from = end.word(4 * index);
          end.putWord(4 * index, to);
          return { from, to };
        }),
      );
      putPort(icmp, inside, quoted, port, difference(changes));
    },
  };
}

function portsOf(inside: PortsView): Pick<IcmpError, "ports" | "portsBack"> {
  const ports = inside.read(u32, "sourcePort");
  return { ports, portsBack: ports.shiftLeft(16).or(ports.shiftRight(16)) };
}

/** Writes a quoted port, and ICMP's checksum with what else has changed. */
function putPort(icmp: IcmpView, inside: PortsView, end: End, port: U32, before: U64): void {
  const field = end === "source" ? "sourcePort" : "destinationPort";
  const all = before.add(difference([{ from: inside[field].raw, to: port }]));
  icmp.write(u16, "checksum", corrected(icmp.checksum.raw, all));
  inside.write(u16, field, port);
}
