import {
  type Condition,
  constant32,
  context,
  Ethernet,
  EtherType,
  fragmented,
  give,
  globalSubprogram,
  type Hook,
  Ipv4,
  Ipv6,
  Packet,
  type U32,
  u32,
  variable,
  verdictsOf,
  when,
} from "../../asm/index.js";
import { noteAnswer } from "./answered.js";
import { putClient, virtualAddress } from "./entry-addresses.js";
import { attemptAt, entryAt, type Table } from "./flow.js";
import { Method, Ready } from "./layout.js";
import { servers } from "./maps.js";
import { rewrite } from "./rewrite.js";
import { referred } from "./table.js";
import type { Tracer } from "./trace-program.js";
import { type Changer, isExpired } from "./track.js";
import { isDirected } from "./transport.js";
import { wayToClient } from "./way-to-client.js";

/**
 * NAT's way back: makes the function for a packet that a server sends within a connection, found by the alias with this
 * number. Its source becomes the virtual address, and it goes to the client as the host's routing has it. What can't be
 * forwarded (no hop left, no route, too big) is left to the host as it came: it tells the server.
 */
export function replier(hook: Hook, table: Table, changer: Changer, trace?: Tracer) {
  const { pass } = verdictsOf[hook];

  return globalSubprogram("reply", [context, u32, u32, u32], u32, (ctx, number, event, tick) => {
    const alias = entryAt(table, number);
    const owner = referred(table, alias.reference, alias.referenceGeneration, 0, () => give(pass));
    trace?.owner(owner);
    // One that is over is nobody's, though the sweeper hasn't come by.
    when(isExpired(owner, tick), () => give(pass));
    const server = servers.at(owner.server);
    // What a server on this host says doesn't come in by an interface (local-answer.ts).
    when(server.ready.is(Ready.released).or(server.method.is(Method.local)), () => give(pass));

    const length = variable(constant32(0));
    const timeToLive = variable(constant32(0));
    const isIpv6 = variable(constant32(0));
    const counted = variable(constant32(0));
    const measure = (all: U32, isUnusual: Condition) => {
      length.set(all);
      counted.set(all);
      // Who read it has left what a fragment repeats.
      when(isUnusual, () =>
        attemptAt("packet").whenFound((mine) => {
          counted.set(all.sub(mine.repeated));
        }),
      );
    };
    const packet = Packet.of(hook, ctx);
    const ethernet = packet.header(Ethernet, () => give(pass));
    when(
      ethernet.type.is(EtherType.IPv6),
      () => {
        const ip = packet.branch().header(Ipv6, () => give(pass));
        isIpv6.set(constant32(1));
        measure(ip.payloadLength.host.add(Ipv6.size), isDirected(ip.nextHeader).not);
        timeToLive.set(ip.hopLimit);
      },
      () => {
        const ip = packet.branch().header(Ipv4, () => give(pass));
        measure(ip.totalLength.host, ip.fragment.hasAny(fragmented));
        timeToLive.set(ip.timeToLive);
      },
    );
    when(timeToLive.value.atMost(1), () => give(pass));

    const isSix = isIpv6.value.isNot(0);
    const send = wayToClient(
      hook,
      ctx,
      {
        isIpv6: isSix,
        putAddress: (place) =>
          when(
            isSix,
            () => putClient(place, owner, 6),
            () => putClient(place, owner, 4),
          ),
        length: length.value,
      },
      {
        leave: () => give(pass),
        sure: () => {
          noteAnswer(owner, { event, tick, length: counted.value }, changer);
          trace?.after(owner);
        },
      },
    );
    const address = (family: 4 | 6) => virtualAddress(owner, family);
    rewrite(hook, ctx, { side: "source", address, port: owner.virtualPort.raw }, send);
  });
}
