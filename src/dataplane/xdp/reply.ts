import {
  type Bytes,
  type Condition,
  callHelper,
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
  U32,
  u32,
  unless,
  variable,
  verdictsOf,
  when,
} from "../../asm/index.js";
import { noteAnswer } from "./answered.js";
import { ClientKey, clientWays } from "./client-ways.js";
import { count } from "./count.js";
import { putClient, virtualAddress } from "./entry-addresses.js";
import { attemptAt, entryAt, type Table } from "./flow.js";
import { FibLookup, Method, Ready } from "./layout.js";
import { servers } from "./maps.js";
import { AddressFamily, ask, Fib, loopback } from "./next-hop.js";
import { rewrite } from "./rewrite.js";
import { referred } from "./table.js";
import { type Changer, isExpired } from "./track.js";
import { isDirected } from "./transport.js";

/**
 * NAT's way back: makes the function for a packet that a server sends within a connection, found by the alias with this
 * number. Its source becomes the virtual address, and it goes to the client as the host's routing has it. What can't be
 * forwarded (no hop left, no route, too big) is left to the host as it came: it tells the server.
 */
export function replier(hook: Hook, table: Table, changer: Changer) {
  const { pass, drop } = verdictsOf[hook];

  return globalSubprogram("reply", [context, u32, u32, u32], u32, (ctx, number, event, tick) => {
    const alias = entryAt(table, number);
    const owner = referred(table, alias.reference, alias.referenceGeneration, 0, () => give(pass));
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

    // At tc the kernel measures the packet by itself, one of many segments too.
    const way = FibLookup.local({
      family: AddressFamily.inet,
      device: loopback,
      length: hook === "xdp" ? length.value : 0,
    });
    const putAddress = (place: Bytes) =>
      when(
        isIpv6.value.isNot(0),
        () => putClient(place, owner, 6),
        () => putClient(place, owner, 4),
      );
    putAddress(way.destination);
    when(isIpv6.value.isNot(0), () => way.set({ family: AddressFamily.inet6 }));
    const answer = ask(ctx, way);
    const unknown = answer.is(Fib.noNeighbour);
    unless(answer.is(Fib.success).or(unknown), () => give(pass));
    const device = variable(way.device);

    noteAnswer(owner, { event, tick, length: counted.value }, changer);
    if (hook === "xdp")
      when(unknown, () => {
        const key = ClientKey.local({});
        putAddress(key.address);
        const known = clientWays.lookup(key).otherwise(() => {
          count("no_neighbour");
          give(drop);
        });
        way.destinationMac.copy(known.destination);
        way.sourceMac.copy(known.source);
        device.set(known.device);
      });

    const address = (family: 4 | 6) => virtualAddress(owner, family);
    rewrite(hook, ctx, { side: "source", address, port: owner.virtualPort.raw }, (ethernet) => {
      // The kernel asks for the neighbour, and keeps the packet meanwhile.
      if (hook === "tc")
        when(unknown, () => give(new U32(callHelper("redirect_neigh", device.value, 0, 0, 0))));
      ethernet.destination.copy(way.destinationMac);
      ethernet.source.copy(way.sourceMac);
      give(new U32(callHelper("redirect", device.value, 0)));
    });
  });
}
