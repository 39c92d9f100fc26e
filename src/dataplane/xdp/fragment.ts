import {
  choose,
  constant32,
  context,
  Ethernet,
  EtherType,
  give,
  globalSubprogram,
  type Hook,
  IpProtocol,
  Ipv4,
  Ipv6,
  Ipv6Extension,
  Ipv6Fragment,
  Ipv6Header,
  loop,
  type Number32,
  Packet,
  pointer,
  type Shape,
  type Struct,
  type StructView,
  struct,
  type U32,
  u32,
  u64,
  unless,
  variable,
  when,
} from "../../asm/index.js";
import { headerLengthOf, isNoIpv4 } from "./ip-header.js";
import { FragmentKey } from "./layout.js";

/** A packet's place among its fragments, and where in it the transport header is. It has to lie on a function's stack. */
export const Fragment = struct("Fragment", {
  /** What its fragments are known by; its addresses also if it is whole. */
  key: FragmentKey,
  /** 4 or 6. */
  family: u32,
  /** One of {@link Part}. */
  part: u32,
  /** Bytes of the whole that come before what this one carries. */
  before: u32,
  /** What it carries. A later fragment of IPv6 may name an extension header here that only the first one has. */
  protocol: u32,
  /** Bytes of the IP header with all that stands before the transport header, and bytes that follow. */
  headers: u32,
  room: u32,
});
type FragmentView = StructView<(typeof Fragment)["shape"]>;
export const Part = { whole: 0, first: 1, later: 2 } as const;

/** Extension headers that are read: as many as RFC 8200, section 4.1, has a place for. And the bytes that they may have. */
const mostExtensions = 5;
const mostExtensionBytes = 256;
/** What has to lie in one piece to find the transport header behind them, and TCP's itself. */
export const mostHeaders = Ethernet.size + Ipv6.size + mostExtensionBytes + 20;
/** No {@link Fragment}'s headers have more bits. */
export const headersMask = 0x1ff;

/** Bits of {@link Ipv4}.fragment. */
export const moreFragments = 0x2000;
export const fragmentOffset = 0x1fff;
/** Bits of {@link Ipv6Fragment}.fragment. */
const more6 = 1;
const offset6 = 0xfff8;

const identifier = (hook: Hook) =>
  globalSubprogram("identify", [context, pointer(Fragment)], u32, (ctx, fragment) => {
    const none = () => give(0);
    const packet = Packet.of(hook, ctx, 0);
    const ethernet = packet.header(Ethernet, none);
    when(ethernet.type.is(EtherType.IPv6), () => {
      identify6(packet.branch(), fragment, none);
      give(1);
    });
    identify4(packet.header(Ipv4, none), fragment, none);
    return 1;
  });

/**
 * Functions that find out what part of a packet the one in the context is; they move nothing. They give 0 if it is nothing
 * for the director: malformed, with a route that isn't at its end, with too many extension headers.
 */
export const identify = { xdp: identifier("xdp"), tc: identifier("tc") } as const;

function identify4(ip: StructView<(typeof Ipv4)["shape"]>, fragment: FragmentView, none: () => void): void {
  const headers = headerLengthOf(ip);
  const length = ip.totalLength.host;
  when(isNoIpv4(ip).or(length.atMost(headers)), none);
  const { protocol } = ip;
  fragment.key.set({ identification: ip.identification.raw, protocol, family: 4 });
  fragment.key.addresses.put(0, ip.read(u64, "source"));
  const word = ip.fragment.host;
  const offset = word.and(fragmentOffset).shiftLeft(3);
  fragment.set({ family: 4, protocol, headers, room: length.sub(headers), before: offset });
  fragment.part = partOf(word.and(moreFragments), offset);
}

/**
 * IPv6's extension headers (RFC 8200, section 4), of which at most five are read:
 *
 *     hop-by-hop, destination   | next header | length | options …                                              |
 *     routing                   | next header | length | type | segments left | …                               |
 *     fragment                  | next header | zero   | offset (13 bits), zero (2), more (1) | identification  |
 *
 * A fragment header with an offset of 0 and no more to come stands before a whole packet (RFC 6946).
 */
function identify6(packet: Packet, fragment: FragmentView, none: () => void): void {
  const ip = packet.header(Ipv6, none);
  fragment.key.set({ identification: 0, protocol: 0, family: 6 });
  for (const [i, field] of (["source", "destination"] as const).entries())
    for (const half of [0, 1]) fragment.key.addresses.put(2 * i + half, ip[field].wide(8 * half));
  fragment.set({ family: 6, part: Part.whole, before: 0 });

  const length = ip.payloadLength.host.add(Ipv6.size);
  const next = variable(ip.nextHeader);
  const place = variable(constant32(Ipv6.size));
  const found = (protocol: U32) => {
    const headers = place.value;
    unless(length.above(headers), none);
    fragment.set({ protocol, headers, room: length.sub(headers) });
    give(1);
  };
  loop(constant32(mostExtensions + 1), mostExtensions + 1, () => {
    when(place.value.above(Ipv6.size + mostExtensionBytes), none);
    const header = <S extends Shape>(struct: Struct<S>) => {
      packet.continueAfter(ip, place.value);
      return packet.header(struct, none);
    };
    const goOn = (then: U32, bytes: Number32) => {
      next.set(then);
      place.set(place.value.add(bytes));
    };
    const options = () => {
      const { nextHeader, length } = header(Ipv6Extension);
      goOn(nextHeader, length.add(1).shiftLeft(3));
    };
    const { hopByHop, routing, destination, fragment: fragmentHeader } = Ipv6Header;
    choose(
      next.value,
      new Map([
        [hopByHop, options],
        [destination, options],
        [
          routing,
          () => {
            when(header(Ipv6Extension).content.byte(1).isNot(0), none);
            options();
          },
        ],
        [
          fragmentHeader,
          () => {
            unless(fragment.part.is(Part.whole), none);
            const own = header(Ipv6Fragment);
            const word = own.fragment.host;
            const offset = word.and(offset6);
            fragment.key.set({ identification: own.identification.raw });
            fragment.set({ part: partOf(word.and(more6), offset), before: offset });
            goOn(own.nextHeader, Ipv6Fragment.size);
            when(offset.isNot(0), () => found(own.nextHeader));
          },
        ],
      ]),
      () => found(next.value),
    );
  });
  none();
}

function partOf(more: U32, offset: U32): U32 {
  const part = variable(constant32(Part.whole));
  when(more.isNot(0), () => part.set(constant32(Part.first)));
  when(offset.isNot(0), () => part.set(constant32(Part.later)));
  return part.value;
}

/** How many bytes of TCP, SCTP and UDP have to come in one piece: what tells ports and event. */
export function wholeHeaderOf(protocol: U32): U32 {
  const bytes = variable(constant32(8));
  when(protocol.is(IpProtocol.TCP), () => bytes.set(constant32(20)));
  when(protocol.is(IpProtocol.SCTP), () => bytes.set(constant32(16)));
  return bytes.value;
}
