import {
  Bytes,
  be32,
  callHelper,
  constant32,
  Ethernet,
  EtherType,
  give,
  type Hook,
  IpProtocol,
  Ipv4,
  Ipv6,
  Packet,
  random,
  type StructView,
  U32,
  type U64,
  Udp,
  u16,
  unless,
  type View,
  variable,
  verdictsOf,
  when,
} from "../../asm/index.js";
import { checksumOf, sumOf, sumOfBytes } from "./checksum.js";
import { NextHop, TunnelFlag, TunnelType } from "./layout.js";
import type { ServerView } from "./track.js";
import { Gre, GreChecksum, Gue, greHasChecksum, protocolIpv6 } from "./tunnel.js";
import type { Wrapped } from "./wrapped.js";

/** Where GUE's source ports begin, and how many there are: net.ipv4.ip_local_port_range as it is unless somebody changes it. */
const sourcePorts = { first: 32768, count: 28231 } as const;

/** What outer headers are written from; `family` is that of the outer IP header. */
interface Writing {
  readonly hook: Hook;
  readonly ctx: View;
  readonly server: ServerView;
  readonly wrapped: Wrapped;
  readonly family: 4 | 6;
}

/** Writes all in front of the wrapped packet, into room that has been made for it. */
export function writeOuter(writing: Writing): void {
  const { server, wrapped } = writing;
  const isGue = server.tunnelType.is(TunnelType.gue);
  const isGre = server.tunnelType.is(TunnelType.gre);
  const summed = () => wrapped.summed.value.isNot(0).and(server.tunnelFlags.hasAny(TunnelFlag.checksum));
  when(isGue, () => writeGue(writing));
  when(isGre, () => {
    when(
      summed(),
      () => writeGre(writing, true),
      () => writeGre(writing, false),
    );
  });
  unless(isGue.or(isGre), () => {
    const { ip } = writeIp(writing, 0, protocolWithin(wrapped));
    tellOf(writing, ip, 0);
  });
}

/**
 * GUE in UDP. The kernel's "remote" checksum is for packets whose own checksum is still to be made, which those that come
 * over a wire are not: for them it writes an ordinary one.
 */
function writeGue(writing: Writing): void {
  const { server, wrapped, family } = writing;
  const more = Udp.size + Gue.size;
  const { packet, ip } = writeIp(writing, more, constant32(IpProtocol.UDP));
  const udp = packet.header(Udp, () => leave(writing));
  const gue = packet.header(Gue, () => leave(writing));
  const port = wrapped.flow.value.extended.mul(sourcePorts.count).shiftRight(32).low.add(sourcePorts.first);
  const length = wrapped.length.value.add(more).toBe16;
  udp.set({ sourcePort: port.toBe16, destinationPort: server.tunnelPort, length, checksum: 0 });
  gue.set({ start: 0, protocol: protocolWithin(wrapped), flags: 0 });
  const wanted = server.tunnelFlags.hasAny(TunnelFlag.checksum | TunnelFlag.remoteChecksum);
  when(wanted.and(wrapped.summed.value.isNot(0)), () => {
    const headers = sumOfBytes(new Bytes(udp.base, udp.offset, more));
    const pseudo = outerAddresses(server, family).add(sumOf(length.raw, constant32(IpProtocol.UDP << 8)));
    const checksum = variable(checksumOf(headers.add(pseudo).add(wrapped.sum.value)));
    when(checksum.value.is(0), () => checksum.set(constant32(0xffff)));
    udp.write(u16, "checksum", checksum.value);
  });
  tellOf(writing, ip, more);
}

function writeGre(writing: Writing, summed: boolean): void {
  const { wrapped } = writing;
  const more = Gre.size + (summed ? GreChecksum.size : 0);
  const { packet, ip } = writeIp(writing, more, constant32(IpProtocol.GRE));
  const gre = packet.header(Gre, () => leave(writing));
  gre.set({ flags: summed ? greHasChecksum : 0, protocol: EtherType.IPv4 });
  when(wrapped.isIpv6(), () => gre.set({ protocol: EtherType.IPv6 }));
  if (summed) {
    const head = new Bytes(gre.base, gre.offset, Gre.size);
    const place = packet.header(GreChecksum, () => leave(writing));
    place.set({ checksum: checksumOf(sumOfBytes(head).add(wrapped.sum.value)), reserved: 0 });
  }
  tellOf(writing, ip, more);
}

/** Writes the MAC header and the outer IP header, behind which `more` bytes of other headers come. */
function writeIp(writing: Writing, more: number, protocol: U32): { packet: Packet; ip: View } {
  const { hook, ctx, server, wrapped, family } = writing;
  const packet = Packet.of(hook, ctx, 0);
  const ethernet = packet.header(Ethernet, () => leave(writing));
  ethernet.write(NextHop, "destination", server.nextHop); // both addresses
  ethernet.set({ type: family === 4 ? EtherType.IPv4 : EtherType.IPv6 });
  if (family === 4) {
    const ip = packet.header(Ipv4, () => leave(writing));
    writeIpv4(ip, server, wrapped, more, protocol);
    return { packet, ip };
  }
  const ip = packet.header(Ipv6, () => leave(writing));
  ip.set({
    versionAndFlow: wrapped.typeOfService.value.shiftLeft(20).or(0x6000_0000).toBe32,
    payloadLength: wrapped.length.value.add(more).toBe16,
    nextHeader: protocol,
    hopLimit: wrapped.timeToLive.value,
    source: server.tunnelSource,
    destination: server.address,
  });
  return { packet, ip };
}

function writeIpv4(
  ip: StructView<(typeof Ipv4)["shape"]>,
  server: ServerView,
  wrapped: Wrapped,
  more: number,
  protocol: U32,
): void {
  const identification = variable(constant32(0));
  when(wrapped.dontFragment.value.is(0), () => identification.set(random().and(0xffff)));
  ip.set({
    versionAndLength: 0x45,
    typeOfService: wrapped.typeOfService.value,
    totalLength: wrapped.length.value.add(Ipv4.size + more).toBe16,
    identification: identification.value.toBe16,
    fragment: wrapped.dontFragment.value.toBe16,
    timeToLive: wrapped.timeToLive.value,
    protocol,
    checksum: 0,
    source: server.read(be32, "tunnelSource"),
    destination: server.read(be32, "address"),
  });
  ip.write(u16, "checksum", checksumOf(sumOfBytes(new Bytes(ip.base, ip.offset, Ipv4.size))));
}

/** What the addresses of the outer header add to the sum of its pseudo-header. */
function outerAddresses(server: ServerView, family: 4 | 6): U64 {
  const size = family === 4 ? 4 : 16;
  const part = (bytes: Bytes) => sumOfBytes(new Bytes(bytes.base, bytes.offset, size));
  return part(server.tunnelSource).add(part(server.address));
}

/** If a device has summed what it received, the kernel has to know what else is in the packet now. */
function tellOf({ hook, ctx, family }: Writing, ip: View, more: number): void {
  if (hook === "xdp") return;
  const size = (family === 4 ? Ipv4.size : Ipv6.size) + more;
  callHelper("csum_update", ctx, new U32(callHelper("csum_diff", 0, 0, ip, size, 0)));
}

function protocolWithin(wrapped: Wrapped): U32 {
  const protocol = variable(constant32(IpProtocol.IPIP));
  when(wrapped.isIpv6(), () => protocol.set(constant32(protocolIpv6)));
  return protocol.value;
}

/** What the verifier wants to see, and what never comes: there is no room in spite of all. */
const leave = ({ hook }: Writing) => give(verdictsOf[hook].drop);
