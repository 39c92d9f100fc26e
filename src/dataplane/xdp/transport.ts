import {
  block,
  type Condition,
  constant32,
  IpProtocol,
  type Packet,
  Sctp,
  SctpChunk,
  Tcp,
  type U32,
  Udp,
  u32,
  unless,
  unlikely,
  type Variable,
  variable,
  when,
} from "../../asm/index.js";
import { settings } from "./maps.js";
import { sctpBundling } from "./sctp-states.js";
import { eventFlags, firstEvent, sctpEvent } from "./transitions.js";

/** What a packet's transport header tells. */
export interface Transport {
  /** Source and destination port, as they stand there. */
  readonly ports: Variable<U32>;
  /** What it does to its connection (transitions.ts). */
  readonly event: Variable<U32>;
}

/** One of which nothing is known yet. */
export const noTransport = (): Transport => ({
  ports: variable(constant32(0)),
  event: variable(constant32(firstEvent.udp)),
});

/** Whether services can have a protocol. */
export const isDirected = (protocol: U32): Condition =>
  protocol.is(IpProtocol.TCP).or(protocol.is(IpProtocol.UDP)).or(protocol.is(IpProtocol.SCTP));

/**
 * Reads the transport header that comes next, for which the packet has `room` bytes, into `transport`, of which nothing is
 * known yet. What no service has goes to `other`, and so does TCP and SCTP without room for what tells their events.
 */
export function readTransport(
  { ports, event }: Transport,
  packet: Packet,
  protocol: U32,
  room: U32,
  other: () => void,
): void {
  when(
    protocol.is(IpProtocol.TCP),
    () => {
      unlikely(room.below(Tcp.size), other);
      const tcp = packet.branch().header(Tcp);
      ports.set(tcp.read(u32, "sourcePort"));
      event.set(tcp.flags.and(eventFlags));
    },
    () => {
      when(
        protocol.is(IpProtocol.UDP),
        () => {
          ports.set(packet.branch().header(Udp).read(u32, "sourcePort"));
        },
        () => {
          unlikely(protocol.isNot(IpProtocol.SCTP).or(room.below(Sctp.size + SctpChunk.size)), other);
          const inside = packet.branch();
          ports.set(inside.header(Sctp).read(u32, "sourcePort"));
          event.set(sctpEventAt(inside));
        },
      );
    },
  );
}

/**
 * The length of the longest packet on the wire, of which one is `length` bytes long with `room` behind the IP header: the
 * kernel may have put several segments into one. `packet` stands behind the IP header.
 */
export function longestOf(packet: Packet, protocol: U32, length: U32, room: U32): U32 {
  const most = variable(length);
  when(packet.segmentSize.isNot(0), () => {
    const header = variable(constant32(Udp.size));
    when(protocol.is(IpProtocol.TCP), () =>
      header.set(packet.branch().header(Tcp).dataOffset.shiftRight(4).shiftLeft(2)),
    );
    most.set(length.sub(room).add(header.value).add(packet.segmentSize));
  });
  return most.value;
}

/** The event of an SCTP packet by its first chunk; an ABORT that comes behind a cookie counts in its place. */
function sctpEventAt(packet: Packet): U32 {
  const chunk = packet.header(SctpChunk);
  const event = variable(settings.here.sctpEvents.at(chunk.type));
  const [echo, acknowledgment] = sctpBundling.first;
  const length = chunk.length.host.add(3).and(0xfffc);
  const bundled = chunk.type.is(echo).or(chunk.type.is(acknowledgment)).and(length.atLeast(SctpChunk.size));
  unlikely(bundled, () => {
    block((none) => {
      // An offset that is larger than a jumbo frame is none.
      unless(length.below(0x4000), none);
      packet.continueAfter(chunk, length.and(0x3fff));
      const second = packet.header(SctpChunk, none);
      when(second.type.is(sctpBundling.second), () => event.set(constant32(sctpEvent[sctpBundling.second]!)));
    });
  });
  return event.value;
}
