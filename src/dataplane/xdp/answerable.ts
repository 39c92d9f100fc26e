import {
  array,
  type Condition,
  choose,
  constant32,
  Icmp,
  IpProtocol,
  type Ipv4,
  type Ipv6,
  Ipv6Extension,
  Ipv6Fragment,
  Ipv6Header,
  loop,
  type Number32,
  type Packet,
  type Shape,
  type Struct,
  type StructView,
  type U32,
  u32,
  unlikely,
  variable,
  when,
} from "../../asm/index.js";
import { headerLengthOf } from "./ip-header.js";

type Ipv4View = StructView<(typeof Ipv4)["shape"]>;
type Ipv6View = StructView<(typeof Ipv6)["shape"]>;
type Refuse = () => void;

/** Bits of a fragment's offset: RFC 791, section 3.1; RFC 8200, section 4.5. */
const offsetBits = { 4: 0x1fff, 6: 0xfff8 } as const;
/** ICMP's types that tell of an error (RFC 792); those that nobody knows count as such. */
const icmpErrors = [3, 4, 5, 11, 12];
const mostIcmpType = 18;
/** ICMPv6's types below this tell of an error (RFC 4443, section 2.1). */
const firstIcmpv6Message = 128;
const mostExtensions = 8;

/**
 * Whom no ICMP error answers (RFC 1122, section 3.2.2; RFC 1812, section 4.3.2.7): packets sent to many, packets from what is
 * no host's address, fragments but the first, ICMP errors. `packet` stands behind the IP header.
 */
export function refuseUnanswerable4(packet: Packet, ip: Ipv4View, refuse: Refuse): void {
  const source = ip.source.host;
  const isNoHost = isOfNet(source, 0).or(isOfNet(source, 127)).or(source.atLeast(0xe000_0000));
  unlikely(isNoHost.or(ip.destination.host.atLeast(0xe000_0000)), refuse);
  unlikely(ip.fragment.hasAny(offsetBits[4]), refuse);
  unlikely(ip.protocol.is(IpProtocol.ICMP), () => {
    packet.continueAfter(ip, headerLengthOf(ip));
    const type = packet.header(Icmp, refuse).type;
    for (const error of icmpErrors) when(type.is(error), refuse);
    when(type.above(mostIcmpType), refuse);
  });
}

const isOfNet = (address: U32, first: number): Condition => address.shiftRight(24).is(first);

/** The same for IPv6 (RFC 4443, section 2.4 (e)). */
export function refuseUnanswerable6(packet: Packet, ip: Ipv6View, refuse: Refuse): void {
  const source = wordsOf(ip, "source");
  const isUnspecified = source.reduce((all, word) => all.or(word)).is(0);
  const isForMany = (address: "source" | "destination") => ip[address].byte(0).is(0xff);
  unlikely(isUnspecified.or(isForMany("source")).or(isForMany("destination")), refuse);

  const { hopByHop, routing, destination, fragment } = Ipv6Header;
  const next = variable(ip.nextHeader);
  const place = variable(constant32(40));
  loop(constant32(mostExtensions), mostExtensions, (_, done) => {
    const here = next.value;
    const header = <S extends Shape>(struct: Struct<S>) => {
      packet.continueAfter(ip, place.value);
      return packet.header(struct, refuse);
    };
    const goOn = (then: U32, bytes: Number32) => {
      next.set(then);
      place.set(place.value.add(bytes));
    };
    choose(
      here,
      new Map([
        [
          IpProtocol.ICMPv6,
          () => {
            when(header(Icmp).type.below(firstIcmpv6Message), refuse);
            done();
          },
        ],
        [
          fragment,
          () => {
            const found = header(Ipv6Fragment);
            when(found.fragment.hasAny(offsetBits[6]), refuse);
            goOn(found.nextHeader, Ipv6Fragment.size);
          },
        ],
        ...[hopByHop, routing, destination].map((kind): [number, () => void] => [
          kind,
          () => {
            const found = header(Ipv6Extension);
            goOn(found.nextHeader, found.length.add(1).shiftLeft(3));
          },
        ]),
      ]),
      done,
    );
  });
}

/** An address as four words, as they stand in the header. */
export function wordsOf(ip: Ipv6View, field: "source" | "destination"): U32[] {
  const words = ip.read(array(u32, 4), field);
  return [0, 1, 2, 3].map((index) => words.at(index));
}
