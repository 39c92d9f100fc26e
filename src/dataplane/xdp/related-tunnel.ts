import {
  callHelper,
  choose,
  constant32,
  context,
  Ethernet,
  EtherType,
  give,
  globalSubprogram,
  type Hook,
  Icmp,
  IpProtocol,
  Ipv4,
  Packet,
  type StructView,
  U32,
  U64,
  Udp,
  u16,
  u32,
  u64,
  unless,
  unlikely,
  variable,
  verdictsOf,
  when,
} from "../../asm/index.js";
import { tickNow } from "./clock.js";
import { count } from "./count.js";
import { find, flowOf, portsOf, type Secrets, type Table } from "./flow.js";
import { mayAnswer } from "./icmp-limit.js";
import { icmpMessages } from "./icmp-message.js";
import { fragmentOffset, isTransport, Ports } from "./icmp-quote.js";
import { addQuote, complement, mostQuoted } from "./icmp-sum.js";
import { headerLengthOf, isNoIpv4 } from "./ip-header.js";
import { EntryFlag, FibLookup, Method, Ready, TunnelType, ticks } from "./layout.js";
import { servers } from "./maps.js";
import { AddressFamily, ask, Fib, loopback } from "./next-hop.js";
import { hasFlag, isExpired, type ServerView } from "./track.js";
import { countOut } from "./traffic.js";
import { Gre, GreChecksum, Gue, greHasChecksum, tunnelOverhead } from "./tunnel.js";

type Ipv4View = StructView<(typeof Ipv4)["shape"]>;

/** Type and code as they stand in a message: type | code << 8. */
const fragmentationNeeded = 0x0403;
const dontFragment = 0x4000;
/** BPF_ADJ_ROOM_MAC (include/uapi/linux/bpf.h). */
const behindEthernet = 1;
/** What IPv4 must take everywhere, and net.ipv4.route.min_pmtu: nobody is believed who tells of less. */
const smallest = 68;
const smallestBelieved = 552;
/** net.ipv4.route.mtu_expires. */
const believedFor = ticks(600);

/**
 * What a router within our tunnel tells of a packet that the director wrapped, made into what the client is to hear of the
 * packet that he sent (net/netfilter/ipvs/ip_vs_core.c, ip_vs_in_icmp):
 *
 *     | Ethernet | IPv4 | ICMP | IPv4: director to server [UDP, GUE | GRE] | IPv4: client to VIP | ports | …
 *       gone: written anew  gone                                            quoted, of the same type and code
 *
 * That a packet was too large lowers what is known of the way to the server, and the client, if it was him who forbade
 * fragments, is told what is left for him. Errors that are not of our tunnels are the host's. IPv4 only, as the kernel's.
 */
export function tunnelRelater(hook: Hook, { table, secrets }: { table: Table; secrets: Secrets }) {
  const { pass, drop } = verdictsOf[hook];
  const message = icmpMessages[hook];
  const leave = () => give(pass);
  const fail = () => give(drop);

  return globalSubprogram("related_tunnel", [context], u32, (ctx) => {
    if (hook === "tc") callHelper("skb_pull_data", ctx, new Packet("tc", ctx.asPointer, 0).length);
    const packet = Packet.of(hook, ctx, 0);
    packet.header(Ethernet, leave);
    const ip = packet.header(Ipv4, leave);
    packet.continueAfter(ip, headerLengthOf(ip));
    const icmp = packet.header(Icmp, leave);
    const about = packet.header(Ipv4, leave);
    when(ip.destination.isNot(about.source), leave);
    const tunnel = readTunnel(packet, about, leave);

    const inner = packet.header(Ipv4, leave);
    when(isNoIpv4(inner), leave);
    when(inner.fragment.hasAny(fragmentOffset), leave);
    unless(isTransport(inner.protocol), leave);
    packet.continueAfter(inner, headerLengthOf(inner));
    const ports = portsOf(packet.header(Ports, leave).read(u32, "sourcePort"), inner.protocol, 4);
    const entry = find(table, flowOf(4, ports, [inner.read(u64, "source")], secrets)).value;
    when(entry.isMissing, leave);
    const tick = tickNow();
    when(isExpired(entry, tick).or(hasFlag(entry.word, EntryFlag.alias)), leave);
    const number = entry.server;
    const server = servers.at(number);
    const isIts = server.method
      .is(Method.tunnel)
      .and(server.family.is(4))
      .and(server.address.word(0).is(about.destination.raw))
      .and(server.tunnelType.is(tunnel.type));
    unless(isIts, leave);
    when(server.tunnelType.is(TunnelType.gue).and(server.tunnelPort.raw.isNot(tunnel.port)), leave);
    when(server.ready.is(Ready.released), leave);

    // What is told is written anew, with a sum of its own: nothing that is wrong may become right by that.
    const quoted = ip.totalLength.host.sub(headerLengthOf(ip)).sub(Icmp.size);
    unlikely(quoted.above(mostQuoted), fail);
    const sum = addQuote(packet, icmp, quoted, icmp.read(u32, "type").extended.add(icmp.rest.raw), fail);
    unlikely(complement(sum).isNot(0), fail);

    const what = icmp.read(u16, "type");
    const rest = variable(icmp.rest.host);
    when(
      what.is(fragmentationNeeded),
      () => {
        lower(server, rest.value.and(0xffff), tick);
        unless(inner.fragment.hasAny(dontFragment), fail);
        const { mtu } = server;
        const overhead = tunnelOverhead(server);
        rest.set(mtu);
        when(mtu.above(overhead.add(smallest)), () => rest.set(mtu.sub(overhead)));
      },
      () => {
        unlikely(mayAnswer(inner.source.raw).is(0), () => {
          count("icmp_limited");
          fail();
        });
      },
    );

    const way = FibLookup.local({ family: AddressFamily.inet, device: loopback });
    way.destination.putWord(0, inner.source.raw);
    unless(ask(ctx, way).is(Fib.success), () => {
      count("no_route");
      fail();
    });
    const gone = new U64(inner.asPointer).sub(new U64(ip.asPointer)).low;
    const length = ip.totalLength.host.sub(gone);
    countOut(number, () => length);
    const stripped =
      hook === "xdp"
        ? callHelper("xdp_adjust_head", ctx, gone)
        : callHelper("skb_adjust_room", ctx, constant32(0).sub(gone), behindEthernet, 0);
    unlikely(new U64(stripped).isNot(0), fail);
    // The message goes back to where its packet's frame came from: this one came from the client's side.
    const frame = Packet.of(hook, ctx, 0).header(Ethernet, fail);
    frame.set({ destination: way.sourceMac, source: way.destinationMac, type: EtherType.IPv4 });
    unlikely(message[4](ctx, what, rest.value, length).isNot(0), fail);
    give(new U32(callHelper("redirect", way.device, 0)));
  });
}

/** Reads what stands between an outer header and the packet within, and goes there. */
function readTunnel(packet: Packet, about: Ipv4View, leave: () => void): { type: U32; port: U32 } {
  const type = variable(constant32(TunnelType.ipip));
  const port = variable(constant32(0));
  const more = variable(constant32(0));
  const outer = headerLengthOf(about);
  packet.continueAfter(about, outer);
  choose(
    about.protocol,
    new Map<number, () => void>([
      [IpProtocol.IPIP, () => {}],
      [
        IpProtocol.UDP,
        () => {
          const inside = packet.branch();
          port.set(inside.header(Udp, leave).destinationPort.raw);
          const gue = inside.header(Gue, leave);
          unless(gue.start.is(0).and(gue.protocol.is(IpProtocol.IPIP)), leave);
          type.set(constant32(TunnelType.gue));
          more.set(constant32(Udp.size + Gue.size));
        },
      ],
      [
        IpProtocol.GRE,
        () => {
          const gre = packet.branch().header(Gre, leave);
          unless(gre.protocol.is(EtherType.IPv4), leave);
          more.set(constant32(Gre.size));
          when(gre.flags.is(greHasChecksum), () => more.set(constant32(Gre.size + GreChecksum.size)));
          unless(gre.flags.is(greHasChecksum).or(gre.flags.is(0)), leave);
          type.set(constant32(TunnelType.gre));
        },
      ],
    ]),
    leave,
  );
  packet.continueAfter(about, outer.add(more.value));
  return { type: type.value, port: port.value };
}

/** Remembers that the way to a server takes no more than so many bytes. */
function lower(server: ServerView, told: U32, tick: U32): void {
  const believed = variable(told);
  when(told.below(smallestBelieved), () => believed.set(constant32(smallestBelieved)));
  when(believed.value.below(server.mtu), () => {
    server.set({ pathMtu: believed.value, pathMtuUntil: tick.add(believedFor), mtu: believed.value });
  });
}
