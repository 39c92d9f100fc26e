import {
  Bytes,
  block,
  constant32,
  constant64,
  Ethernet,
  EtherType,
  fragmented,
  give,
  IpProtocol,
  Ipv4,
  Ipv6,
  type Packet,
  type U32,
  type U64,
  Udp,
  u32,
  unless,
  type Variable,
  variable,
  when,
} from "../../asm/index.js";
import { folded, sumOf, sumOfBytes } from "./checksum.js";
import { headerLengthOf } from "./ip-header.js";

/** What an outer header tells of the packet within. It is read before the packet's bytes move. */
export interface Wrapped {
  /** Whether it is IPv6. */
  readonly isIpv6: () => ReturnType<U32["is"]>;
  /** The byte of DSCP and ECN as the outer header has it. */
  readonly typeOfService: Variable<U32>;
  readonly timeToLive: Variable<U32>;
  /** 0x4000 if it must not be fragmented (IPv4 only). */
  readonly dontFragment: Variable<U32>;
  /** IP header and all that follows. */
  readonly length: Variable<U32>;
  /** The same for all packets of a flow. */
  readonly flow: Variable<U32>;
  /** 1 if `sum`, the folded sum over all of it, is known. */
  readonly summed: Variable<U32>;
  readonly sum: Variable<U32>;
}

const congestionExperienced = 3;

/** Reads the packet that is to be wrapped. One that is no IP, or too short, ends the function with `refused`. */
export function readWrapped(packet: Packet, refused: number): Wrapped {
  const tooShort = () => give(refused);
  const zero = () => variable(constant32(0));
  const family = zero();
  const wrapped: Wrapped = {
    isIpv6: () => family.value.is(6),
    typeOfService: zero(),
    timeToLive: zero(),
    dontFragment: zero(),
    length: zero(),
    flow: zero(),
    summed: zero(),
    sum: zero(),
  };
  const ethernet = packet.header(Ethernet, tooShort);
  const type = ethernet.type;
  when(
    type.is(EtherType.IPv4),
    () => {
      packet.continueAfter(ethernet, constant32(Ethernet.size));
      const ip = packet.header(Ipv4, tooShort);
      wrapped.typeOfService.set(outerTypeOfService(ip.typeOfService));
      wrapped.timeToLive.set(ip.timeToLive);
      wrapped.dontFragment.set(ip.fragment.host.and(0x4000));
      const length = ip.totalLength.host;
      wrapped.length.set(length);
      wrapped.flow.set(mixed(ip.source.raw, ip.destination.raw));
      // A header with its right checksum adds nothing to a sum.
      const headers = headerLengthOf(ip);
      unless(ip.fragment.hasAny(fragmented), () => {
        const addresses = sumOf(ip.source.raw, ip.destination.raw);
        packet.continueAfter(ip, headers);
        readTransport(packet, wrapped, ip.protocol, length.sub(headers), constant64(0), addresses);
      });
    },
    () => {
      unless(type.is(EtherType.IPv6), tooShort);
      packet.continueAfter(ethernet, constant32(Ethernet.size));
      const ip = packet.header(Ipv6, tooShort);
      family.set(constant32(6));
      wrapped.typeOfService.set(outerTypeOfService(ip.versionAndFlow.host.shiftRight(20).and(0xff)));
      wrapped.timeToLive.set(ip.hopLimit);
      const payload = ip.payloadLength.host;
      wrapped.length.set(payload.add(Ipv6.size));
      const addresses = sumOfBytes(ip.source).add(sumOfBytes(ip.destination));
      wrapped.flow.set(mixed(addresses.low, addresses.high));
      packet.continueAfter(ip, constant32(Ipv6.size));
      // The addresses stand in the pseudo-header as well, so what they add to one sum they take from the other.
      const head = sumOfBytes(new Bytes(ip.base, ip.offset, 8));
      readTransport(packet, wrapped, ip.nextHeader, payload, head, constant64(0));
    },
  );
  return wrapped;
}

/**
 * Ports for the flow, and the sum over the whole packet without reading it: a TCP segment or UDP datagram with its right
 * checksum sums up to the complement of its pseudo-header, whatever it says ("local checksum offload",
 * Documentation/networking/checksum-offloads.rst). Not so a datagram without checksum, SCTP, or what the kernel will still cut.
 * `head` is what the IP header adds, `addresses` what of the pseudo-header it doesn't take back.
 */
function readTransport(
  packet: Packet,
  wrapped: Wrapped,
  protocol: U32,
  length: U32,
  head: U64,
  addresses: U64,
): void {
  block((leave) => {
    const isUdp = protocol.is(IpProtocol.UDP);
    unless(isUdp.or(protocol.is(IpProtocol.TCP)).or(protocol.is(IpProtocol.SCTP)), leave);
    const transport = packet.header(Udp, leave);
    wrapped.flow.set(mixed(wrapped.flow.value, transport.read(u32, "sourcePort")));
    when(protocol.is(IpProtocol.SCTP).or(packet.segmentSize.isNot(0)), leave);
    const wrong = transport.checksum.is(0).or(transport.length.host.isNot(length));
    when(isUdp.and(wrong), leave);
    const pseudo = addresses.add(sumOf(length.toBe16.raw, protocol.shiftLeft(8)));
    wrapped.sum.set(folded(head.add(folded(pseudo).xor(0xffff))));
    wrapped.summed.set(constant32(1));
  });
}

/** RFC 3168, section 9.1.1, as the kernel does it (INET_ECN_encapsulate): what has met congestion is told to be capable of it. */
function outerTypeOfService(inner: U32): U32 {
  const outer = variable(inner);
  when(inner.and(3).is(congestionExperienced), () => outer.set(inner.and(0xfc).or(2)));
  return outer.value;
}

/** Two words as one, spread. */
function mixed(one: U32, other: U32): U32 {
  const first = one.mul(0x9e37_79b1);
  const all = first.xor(first.shiftRight(15)).add(other).mul(0x85eb_ca6b);
  return all.xor(all.shiftRight(13));
}
