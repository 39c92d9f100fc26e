import {
  be16,
  be32,
  block,
  callHelper,
  constant32,
  context,
  Ethernet,
  EtherType,
  fragmented,
  give,
  globalSubprogram,
  IpProtocol,
  Ipv4,
  Ipv6,
  loop,
  Packet,
  type Program,
  packetProgram,
  struct,
  Tcp,
  TcpFlag,
  u8,
  u32,
  unless,
  variable,
  when,
} from "../../asm/index.js";
import { TunnelVip, tunnelVips } from "./decapsulate.js";
import { headerLengthOf } from "./ip-header.js";

/** RFC 9293, section 3.2: an option's number, its length, and what it says (here what the maximum segment size says). */
const MaximumSegment = struct("MaximumSegment", { kind: u8, length: u8, size: be16 });
const OptionKind = { end: 0, nothing: 1, maximumSegment: 2 } as const;
/** Options are at most 40 bytes; one may stand behind 36 of padding. */
const mostOptions = 37;

/**
 * Lowers the maximum segment size that a SYN announces (at the tc hook), so that what is sent to its sender fits into packets
 * of `limit` bytes, IP header and all. It changes nothing else, and nothing at all of what isn't a SYN over TCP with that
 * option. Gives 1 if it did. The helper for the checksum knows whether that is still to be made by the device.
 */
export const clampMss = globalSubprogram("clamp_mss", [context, u32], u32, (ctx, limit) => {
  const packet = Packet.of("tc", ctx, 14 + 60 + 60);
  const none = () => give(0);
  const ethernet = packet.header(Ethernet, none);
  const most = variable(constant32(0));
  /** From the beginning of the frame to TCP's header. */
  const start = variable(constant32(0));
  const type = ethernet.type;
  when(
    type.is(EtherType.IPv4),
    () => {
      packet.continueAfter(ethernet, constant32(Ethernet.size));
      const ip = packet.header(Ipv4, none);
      unless(ip.protocol.is(IpProtocol.TCP), none);
      when(ip.fragment.hasAny(fragmented), none);
      most.set(limit.sub(Ipv4.size + Tcp.size));
      start.set(headerLengthOf(ip).add(Ethernet.size));
    },
    () => {
      unless(type.is(EtherType.IPv6), none);
      packet.continueAfter(ethernet, constant32(Ethernet.size));
      const ip = packet.header(Ipv6, none);
      unless(ip.nextHeader.is(IpProtocol.TCP), none);
      most.set(limit.sub(Ipv6.size + Tcp.size));
      start.set(constant32(Ethernet.size + Ipv6.size));
    },
  );
  const size = most.value;
  when(size.sub(1).atLeast(0xffff), none);
  packet.continueAfter(ethernet, start.value);
  const tcp = packet.header(Tcp, none);
  unless(tcp.flags.hasAny(TcpFlag.SYN), none);
  const end = tcp.dataOffset.shiftRight(4).shiftLeft(2);
  const at = variable(constant32(Tcp.size));
  loop(mostOptions, mostOptions, (_, leave) => {
    const here = at.value.and(0x3f);
    when(here.add(MaximumSegment.size).above(end), leave);
    packet.continueAfter(tcp, here);
    const option = packet.header(MaximumSegment, leave);
    const kind = option.kind;
    when(kind.is(OptionKind.end), leave);
    block((next) => {
      when(kind.is(OptionKind.nothing), () => {
        at.set(here.add(1));
        next();
      });
      unless(kind.is(OptionKind.maximumSegment), () => {
        const length = option.length;
        when(length.below(2), leave);
        at.set(here.add(length));
        next();
      });
      unless(option.length.is(4), leave);
      const announced = option.size;
      when(announced.host.atMost(size), leave);
      const before = variable(announced.raw);
      const after = variable(size.toBe16.raw);
      option.set({ size: size.toBe16 });
      // At an odd place its two bytes belong to two words of the sum.
      when(here.and(1).isNot(0), () => {
        before.set(announced.host);
        after.set(size);
      });
      const place = start.value.add(Tcp.offsetOf("checksum"));
      callHelper("l4_csum_replace", ctx, place, before.value, after.value, 2);
      give(1);
    });
  });
  give(0);
});

/**
 * The program for what leaves a real server behind tunnels: in answers to connections to its VIPs the maximum segment size is
 * lowered, so that clients send packets of at most `limit` bytes. Nobody else can do it: the director never sees the answers.
 */
export const mssClamper = (limit: number): Program =>
  packetProgram("answers", "tc", (packet) => {
    const pass = () => packet.pass();
    const ethernet = packet.header(Ethernet);
    const type = ethernet.type;
    const key = TunnelVip.local({ family: 4 });
    when(
      type.is(EtherType.IPv4),
      () => {
        packet.continueAfter(ethernet, constant32(Ethernet.size));
        const ip = packet.header(Ipv4);
        unless(ip.protocol.is(IpProtocol.TCP), pass);
        key.write(be32, "address", ip.source);
      },
      () => {
        unless(type.is(EtherType.IPv6), pass);
        packet.continueAfter(ethernet, constant32(Ethernet.size));
        const ip = packet.header(Ipv6);
        unless(ip.nextHeader.is(IpProtocol.TCP), pass);
        key.set({ family: 6 });
        key.address.copy(ip.source);
      },
    );
    tunnelVips.lookup(key).otherwise(pass);
    clampMss(packet.context, limit);
    packet.pass();
  });
