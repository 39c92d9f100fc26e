import {
  constant32,
  context,
  Ethernet,
  give,
  globalSubprogram,
  type Hook,
  IpProtocol,
  Ipv6Fragment,
  Packet,
  pointer,
  u32,
  unless,
  verdictsOf,
  when,
} from "../../asm/index.js";
import { tickNow } from "./clock.js";
import { count } from "./count.js";
import { copyAddresses } from "./entry-addresses.js";
import { isLaterFragment } from "./first-packet.js";
import { attemptAt, portsOf, protocolOf } from "./flow.js";
import { Fragment, headersMask, identify, Part, wholeHeaderOf } from "./fragment.js";
import { Attempt, FragmentRecord, noServer, ticks } from "./layout.js";
import { fragments, servers, statistics } from "./maps.js";
import { isStray } from "./stray.js";
import { laterFragment } from "./transitions.js";
import { isDirected, noTransport, readTransport } from "./transport.js";

/** How long a first fragment is remembered: as long as the kernel waits for the others (net.ipv4.ipfrag_time). */
const fragmentRest = ticks(30);

/**
 * Makes the function that reads what a packet that isn't an IP header with a whole transport header behind it has for one: a
 * packet with extension headers, the first fragment, which it remembers, a later one, which has the ports of the first. It
 * fills the attempt's addresses, ports, event (that of a later fragment is {@link laterFragment}), server (of a later
 * fragment of a packet without connection, else {@link noServer}) and what it repeats, and gives 0; or it gives 1, and `attempt.verdict` says what
 * becomes of the packet.
 *
 * A later fragment whose first one was not seen, and a first one that is too short to tell what it is (RFC 1858), are dropped
 * if a service could want them, else they are the host's. So is what would overwrite a transport header.
 */
export function unusualReader(hook: Hook) {
  const { pass, drop } = verdictsOf[hook];
  return globalSubprogram("read_unusual", [context, pointer(Attempt)], u32, (ctx, attempt) => {
    const leave = () => give(1);
    const lose = () => {
      count("fragment");
      attempt.set({ verdict: drop });
      leave();
    };
    const tick = tickNow();
    attempt.set({ tick, verdict: pass, server: noServer, repeated: 0 });
    const fragment = Fragment.local({});
    when(identify[hook](ctx, fragment).is(0), leave);
    const { protocol, family, part } = fragment;
    copyAddresses(attempt, fragment.key);
    attempt.set({ ports: portsOf(constant32(0), protocol, family) });
    const stray = () => {
      unless(isDirected(protocol), leave);
      when(isStray(ctx, attempt).is(1), lose);
      leave();
    };

    when(part.is(Part.later), () => {
      const record = fragments.lookup(fragment.key).otherwise(stray);
      when(tick.sub(record.seen).above(fragmentRest), stray);
      const { ports, server } = record;
      when(fragment.before.below(wholeHeaderOf(protocolOf(ports))), lose);
      const protocol = protocolOf(ports);
      attempt.set({ ports, event: laterFragment.tcp, repeated: fragment.headers });
      when(protocol.is(IpProtocol.UDP), () => attempt.set({ event: laterFragment.udp }));
      when(protocol.is(IpProtocol.SCTP), () => attempt.set({ event: laterFragment.sctp }));
      when(server.isNot(noServer), () => {
        unless(servers.at(server).stamp.is(record.stamp), lose);
        attempt.set({ server });
      });
      give(0);
    });

    unless(isDirected(protocol), leave);
    const packet = Packet.of(hook, ctx, 0);
    const ethernet = packet.header(Ethernet, leave);
    packet.continueAfter(ethernet, fragment.headers.and(headersMask).add(Ethernet.size));
    const transport = noTransport();
    readTransport(transport, packet, protocol, fragment.room, () => {
      when(part.is(Part.first), stray);
      leave();
    });
    const ports = portsOf(transport.ports.value, protocol, family);
    attempt.set({ ports, event: transport.event.value });
    when(part.is(Part.first), () => {
      fragments.update(fragment.key, FragmentRecord.local({ ports, seen: tick, server: noServer }));
      when(family.is(6), () => attempt.set({ repeated: Ipv6Fragment.size }));
    });
    return 0;
  });
}

/**
 * Makes the function that lets the later fragments follow the packet in the context to a server: for one without connection.
 * A whole packet has none.
 */
export function serverNoter(hook: Hook) {
  return globalSubprogram("note_server", [context, u32], u32, (ctx, server) => {
    const fragment = Fragment.local({});
    when(identify[hook](ctx, fragment).is(0), () => give(0));
    unless(fragment.part.is(Part.first), () => give(0));
    fragments.lookup(fragment.key).whenFound((record) => {
      record.set({ server, stamp: servers.at(server).stamp });
    });
    return 0;
  });
}

/**
 * Takes back what the packet that was read last, which has just been counted for a server, is counted too much if it is a
 * fragment: the kernel counts the whole packet, with one IP header.
 */
export const countAsPart = globalSubprogram("count_as_part", [u32], u32, (server) => {
  const part = attemptAt("packet").otherwise(() => give(0));
  statistics.lookup(server).whenFound((counts) => {
    counts.inBytes = counts.inBytes.sub(part.repeated);
    when(isLaterFragment(part.event), () => {
      counts.inPackets = counts.inPackets.sub(1);
    });
  });
  return 1;
});
