import {
  type Condition,
  callHelper,
  choose,
  constant32,
  Ethernet,
  EtherType,
  type Hook,
  IpProtocol,
  Ipv4,
  Ipv6,
  Packet,
  Sctp,
  type StructView,
  Tcp,
  type U32,
  type U64,
  Udp,
  u16,
  u32,
  unless,
  unlikely,
  type View,
  variable,
  when,
} from "../../asm/index.js";
import { count } from "./count.js";
import { Fragment, fragmentOffset, headersMask, identify, moreFragments, Part } from "./fragment.js";
import { corrected, difference, foldTo32 } from "./internet-checksum.js";
import { decrementTimeToLive, headerLengthOf } from "./ip-header.js";
import { sctpChecksum } from "./sctp-checksum.js";
import { isDirected } from "./transport.js";

/** Flags of bpf_l4_csum_replace: the change is one of the pseudo-header; a checksum of 0 (UDP's: none) stays. */
const pseudoHeader = 0x10;
const zeroMeansNone = 0x20;

/** Which end of a packet is given another address and port. */
interface Rewrite {
  readonly side: "source" | "destination";
  /** The address's words as they stand in a header: one for IPv4, four for IPv6. */
  address(family: 4 | 6): readonly U32[];
  /** The port, as it stands in a header. */
  readonly port: U32;
  /** It is for this host, or from it: it loses no hop. */
  readonly isLocal?: boolean;
}

type EthernetView = StructView<(typeof Ethernet)["shape"]>;
type Ipv4View = StructView<(typeof Ipv4)["shape"]>;
type Ipv6View = StructView<(typeof Ipv6)["shape"]>;

/**
 * Gives the packet in `context` another source or destination and, unless it is local, one hop less to live; makes all its
 * checksums right; then does `then` with its Ethernet header. It has been read before: one that is too short now is dropped.
 */
export function rewrite(
  hook: Hook,
  context: View,
  what: Rewrite,
  then: (ethernet: EthernetView) => void,
): void {
  const packet = Packet.of(hook, context);
  const ethernet = packet.header(Ethernet, () => packet.drop());
  const ipv4 = packet.branch();
  when(ethernet.type.is(EtherType.IPv6), () => {
    rewriteIpv6(hook, context, packet, what);
    then(reopened(hook, context).ethernet);
  });
  rewriteIpv4(hook, context, ipv4, what);
  then(reopened(hook, context).ethernet);
}

function reopened(hook: Hook, context: View) {
  const packet = Packet.of(hook, context, 0);
  return { packet, ethernet: packet.header(Ethernet, () => packet.drop()) };
}

function rewriteIpv4(
  hook: Hook,
  context: View,
  packet: Packet,
  { side, address, port, isLocal }: Rewrite,
): void {
  const ip = packet.header(Ipv4, () => packet.drop());
  const [to] = address(4);
  const changed = difference([{ from: ip[side].raw, to: to! }]);
  const headerLength = headerLengthOf(ip);
  const put = (ip: Ipv4View) => {
    ip.write(u16, "checksum", corrected(ip.checksum.raw, changed));
    ip.write(u32, side, to!);
    if (!isLocal) decrementTimeToLive(ip);
  };
  if (hook === "xdp") put(ip);
  // What doesn't begin the packet has no transport header.
  unless(ip.fragment.hasAny(fragmentOffset), () => {
    packet.continueAfter(ip, headerLength);
    rewriteTransport(hook, context, packet, ip.protocol, changed, {
      side,
      port,
      headerLength,
      length: () => ip.totalLength.host.sub(headerLength),
      isPart: () => ip.fragment.hasAny(moreFragments),
    });
  });
  if (hook === "tc") {
    // The helpers may have moved it.
    const again = reopened(hook, context).packet;
    put(again.header(Ipv4, () => again.drop()));
  }
}

function rewriteIpv6(
  hook: Hook,
  context: View,
  packet: Packet,
  { side, address, port, isLocal }: Rewrite,
): void {
  const ip = packet.header(Ipv6, () => packet.drop());
  const words = address(6);
  const changed = difference(words.map((to, i) => ({ from: ip[side].word(4 * i), to })));
  const put = (ip: Ipv6View) => {
    for (const [i, word] of words.entries()) ip[side].putWord(4 * i, word);
    if (!isLocal) ip.hopLimit = ip.hopLimit.sub(1);
  };
  if (hook === "xdp") put(ip);
  const protocol = variable(ip.nextHeader);
  const headerLength = variable(constant32(Ipv6.size));
  const isPart = variable(constant32(0));
  unlikely(isDirected(protocol.value).not, () => {
    const fragment = Fragment.local({});
    when(identify[hook](context, fragment).is(0), () => packet.drop());
    headerLength.set(fragment.headers.and(headersMask));
    isPart.set(fragment.part);
    protocol.set(fragment.protocol);
    // What doesn't begin the packet has no transport header.
    when(fragment.part.is(Part.later), () => protocol.set(constant32(0)));
  });
  packet.continueAfter(ip, headerLength.value);
  rewriteTransport(hook, context, packet, protocol.value, changed, {
    side,
    port,
    headerLength: headerLength.value,
    length: () => ip.payloadLength.host.add(Ipv6.size).sub(headerLength.value),
    isPart: () => isPart.value.isNot(0),
  });
  if (hook === "tc") {
    const again = reopened(hook, context).packet;
    put(again.header(Ipv6, () => again.drop()));
    // The helper thinks of IPv4, whose header has a sum of its own: of IPv6 the whole packet's sum is as it was.
    if (isLocal)
      when(hasInternetChecksum(protocol.value), () => {
        callHelper("csum_update", context, foldTo32(changed));
      });
  }
}

const hasInternetChecksum = (protocol: U32) => protocol.is(IpProtocol.TCP).or(protocol.is(IpProtocol.UDP));

interface TransportChange {
  readonly side: Rewrite["side"];
  readonly port: U32;
  /** Bytes of the IP header, and of what follows it. */
  readonly headerLength: U32;
  length(): U32;
  /** Whether this is not all of the packet, but its beginning. */
  isPart(): Condition;
}

/** Writes a port and the checksum that follows from it and from the addresses' difference. */
function rewriteTransport(
  hook: Hook,
  context: View,
  packet: Packet,
  protocol: U32,
  addresses: U64,
  { side, port, headerLength, length, isPart }: TransportChange,
): void {
  const field = side === "source" ? "sourcePort" : "destinationPort";
  const drop = () => packet.drop();
  /** At tc the kernel knows whether a checksum is whole or still the device's work. */
  const byKernel = (checksumAt: number, from: U32, flags: number) => {
    const at = headerLength.add(Ethernet.size + checksumAt);
    callHelper("l4_csum_replace", context, at, 0, foldTo32(addresses).extended, pseudoHeader | flags);
    callHelper("l4_csum_replace", context, at, from, port, 2 | flags);
  };
  choose(
    protocol,
    new Map([
      [
        IpProtocol.TCP,
        () => {
          const tcp = packet.branch().header(Tcp, drop);
          const from = tcp[field].raw;
          tcp.write(u16, field, port);
          if (hook === "tc") byKernel(Tcp.offsetOf("checksum"), from, 0);
          else
            tcp.write(
              u16,
              "checksum",
              corrected(tcp.checksum.raw, addresses.add(difference([{ from, to: port }]))),
            );
        },
      ],
      [
        IpProtocol.UDP,
        () => {
          const udp = packet.branch().header(Udp, drop);
          const from = udp[field].raw;
          udp.write(u16, field, port);
          if (hook === "tc") byKernel(Udp.offsetOf("checksum"), from, zeroMeansNone);
          else
            when(udp.checksum.isNot(0), () => {
              const sum = corrected(udp.checksum.raw, addresses.add(difference([{ from, to: port }])));
              udp.write(u16, "checksum", sum);
              when(sum.is(0), () => udp.write(u16, "checksum", 0xffff));
            });
        },
      ],
      [
        IpProtocol.SCTP,
        () => {
          const sctp = packet.branch().header(Sctp, drop);
          const before = sctp.read(u32, "sourcePort");
          // The checksum changes by how much follows the ports, which a fragment doesn't tell.
          unlikely(sctp[field].raw.isNot(port).and(isPart()), () => {
            count("fragment");
            packet.drop();
          });
          sctp.write(u16, field, port);
          sctp.checksum = sctpChecksum(sctp.checksum, before, sctp.read(u32, "sourcePort"), length());
        },
      ],
    ]),
  );
}
