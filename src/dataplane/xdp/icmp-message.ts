import {
  array,
  bytes,
  constant32,
  constant64,
  context,
  Ethernet,
  EtherType,
  give,
  globalSubprogram,
  type Hook,
  Icmp,
  IpProtocol,
  Ipv4,
  Ipv6,
  Packet,
  random,
  type StructView,
  struct,
  type U32,
  type U64,
  u16,
  u32,
  unlikely,
  variable,
  when,
} from "../../asm/index.js";
import { makeRoom } from "./icmp-room.js";
import { addQuote, complement } from "./icmp-sum.js";

/**
 * An ICMP error: what it tells, and after it as much of the packet it is about as fits.
 *
 *     +----------+-----------+--------+---------------------------------------- - -
 *     | Ethernet | IPv4      | ICMP   | the packet: its IP header, options, …
 *     | 14       | or IPv6   | 8      |
 *     |          | 20, 40    |        |
 *     +----------+-----------+--------+---------------------------------------- - -
 *
 * IPv4: at most 576 bytes from the IP header on (RFC 1812, section 4.3.2.3); IPv6: 1280 (RFC 4443, section 2.4 (c)).
 */
const families = {
  4: { header: Ipv4, whole: 576, type: EtherType.IPv4 },
  6: { header: Ipv6, whole: 1280, type: EtherType.IPv6 },
} as const;
type Family = keyof typeof families;

const Ends = struct("Ends", { source: bytes(16, 8), destination: bytes(16, 8) });

/** sysctl net.ipv4.ip_default_ttl, and net.ipv6.conf.all.hop_limit. */
const timeToLive = 64;

/**
 * The functions that turn the packet in the context into the ICMP error about it, for each family. They take type and
 * code as they stand in the message (type | code << 8), its second word as a number, and how many bytes the packet has from
 * its IP header on. The error goes from the packet's destination to its source, the frame back to where it came from.
 * They give 0; if there is no room, something else, and then the packet is of no use any more.
 */
function messageMaker(hook: Hook) {
  const make = (family: Family) =>
    globalSubprogram(`icmp${family}`, [context, u32, u32, u32], u32, (ctx, what, rest, length) => {
      const { header, type } = families[family];
      const failed = () => give(1);
      const added = addedBy(family);
      const quoted = quotedOf(family, length);
      unlikely(quoted.below(header.size), failed);

      const before = Packet.of(hook, ctx, Ethernet.size + header.size);
      const old = before.header(Ethernet, failed);
      const frame = Ethernet.local({ destination: old.source, source: old.destination, type });
      const tell =
        family === 4 ? tellIpv4(before.header(Ipv4, failed)) : tellIpv6(before.header(Ipv6, failed));

      makeRoom(hook, ctx, { length, quoted, added, failed });

      const packet = Packet.of(hook, ctx, 0);
      packet.header(Ethernet, failed).set({ destination: frame.destination, source: frame.source, type });
      const pseudo = tell(packet, quoted.add(added), failed);
      const icmp = packet.header(Icmp, failed);
      const second = rest.toBe32;
      icmp.set({ checksum: 0, rest: second });
      icmp.write(u16, "type", what);
      const sum = addQuote(packet, icmp, quoted, pseudo.add(what).add(second.raw), failed);
      icmp.write(u16, "checksum", complement(sum));
      return 0;
    });
  return { 4: make(4), 6: make(6) };
}

/** Bytes that come before what is quoted, and how many are quoted of a packet with `length`. */
const addedBy = (family: Family): number => families[family].header.size + Icmp.size;
const quotedOf = (family: Family, length: U32): U32 =>
  atMost(length, families[family].whole - addedBy(family));

/** How long, from its IP header on, the error about a packet with so many bytes is. */
export const icmpLength = {
  4: (length: U32) => quotedOf(4, length).add(addedBy(4)),
  6: (length: U32) => quotedOf(6, length).add(addedBy(6)),
} as const;

/** {@link messageMaker}, made once for each hook: more than one function calls them. */
export const icmpMessages = { xdp: messageMaker("xdp"), tc: messageMaker("tc") } as const;

/** The smaller of two. */
function atMost(value: U32, most: number): U32 {
  const result = variable(constant32(most));
  when(value.below(most), () => result.set(value));
  return result.value;
}

type Ipv4View = StructView<(typeof Ipv4)["shape"]>;
type Ipv6View = StructView<(typeof Ipv6)["shape"]>;
/** Writes an IP header, and gives what ICMP's checksum covers of it. */
type Tell = (packet: Packet, whole: U32, failed: () => void) => U64;

function tellIpv4(about: Ipv4View): Tell {
  const [source, destination] = [about.destination, about.source];
  // The packet's own service, at the precedence of internetwork control, as RFC 1812, section 4.3.2.5 asks.
  const service = about.typeOfService.and(0x1e).or(0xc0);
  return (packet, whole, failed) => {
    const ip = packet.header(Ipv4, failed);
    ip.set({
      versionAndLength: 0x45,
      typeOfService: service,
      totalLength: whole.toBe16,
      fragment: 0,
      timeToLive,
      protocol: IpProtocol.ICMP,
      checksum: 0,
      source,
      destination,
    });
    ip.write(u16, "identification", random());
    const words = (["versionAndLength", "identification", "timeToLive", "source", "destination"] as const)
      .map((field) => ip.read(u32, field).extended)
      .reduce((sum, word) => sum.add(word));
    ip.write(u16, "checksum", complement(words));
    return constant64(0);
  };
}

function tellIpv6(about: Ipv6View): Tell {
  const ends = Ends.local({ source: about.destination, destination: about.source });
  return (packet, whole, failed) => {
    const ip = packet.header(Ipv6, failed);
    const length = whole.sub(Ipv6.size);
    ip.set({
      versionAndFlow: 0x6000_0000,
      payloadLength: length.toBe16,
      nextHeader: IpProtocol.ICMPv6,
      hopLimit: timeToLive,
      source: ends.source,
      destination: ends.destination,
    });
    // Length and next header as the pseudo header has them, in 32 bits each (RFC 8200, section 8.1).
    const words = ends.read(array(u32, 8), "source");
    let sum = length.toBe32.raw.extended.add(constant32(IpProtocol.ICMPv6).toBe32.raw);
    for (let i = 0; i < 8; i++) sum = sum.add(words.at(i));
    return sum;
  };
}
