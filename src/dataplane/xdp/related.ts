import {
  block,
  Condition,
  callHelper,
  constant32,
  context,
  Ethernet,
  EtherType,
  give,
  globalSubprogram,
  type Hook,
  Icmp,
  Ipv4,
  Ipv6,
  Packet,
  U32,
  u32,
  unless,
  type View,
  variable,
  verdictsOf,
  when,
} from "../../asm/index.js";
import { tickNow } from "./clock.js";
import { count } from "./count.js";
import { putClient, virtualAddress } from "./entry-addresses.js";
import { type EntryView, find, flowOf, portsOf, type Secrets, type Table, virtualPortOf } from "./flow.js";
import { fragmentOffset, type IcmpError, icmpError4, icmpError6, isTransport } from "./icmp-quote.js";
import { headerLengthOf, isNoIpv4 } from "./ip-header.js";
import { EntryFlag, Method, NextHop, Ready } from "./layout.js";
import { servers } from "./maps.js";
import { isStale, refresh } from "./next-hop.js";
import { tunnelRelater } from "./related-tunnel.js";
import { referred } from "./table.js";
import { hasFlag, isExpired } from "./track.js";
import { countIn, countOut, unlessRemoved } from "./traffic.js";
import { wayToClient } from "./way-to-client.js";

/** Types of IPv4's ICMP that IPVS looks into: unreachable, source quench, time exceeded. */
const wantedTypes = [3, 4, 11];
/** ICMPv6's types below this tell of an error (RFC 4443, section 2.1). */
const firstIcmpv6Message = 128;
/** Ethernet, and both IP headers with all options that they can have, ICMP's and the ports between and behind them. */
const longestHeaders = Ethernet.size + 60 + Icmp.size + 60 + 4;

/** What {@link relater} is made of beside the connection table. */
interface RelaterParts {
  readonly table: Table;
  readonly secrets: Secrets;
  /** Wraps the packet for a server behind a tunnel (its index), sends it, and gives the verdict. */
  readonly encapsulate?: (context: View, server: U32) => U32;
}

/**
 * Makes the function for an ICMP or ICMPv6 packet: an error about a packet of a connection follows the connection, all else
 * passes to the host as it came. The packet that it quotes went the other way, so turned round it finds
 *
 * - the connection, if it was an answer (somebody on the way to the client tells): the error goes to the server. By NAT it is
 *   told of the packet that it sent, with its own address and port; otherwise it goes as packets of the connection do.
 * - NAT's alias, if it was a request (the server or somebody before it tells): the error goes to the client as if the
 *   director had sent it, about the packet that the client sent.
 *
 * It is counted as a packet of its server, and changes neither state nor time (ip_vs_in_icmp and ip_vs_out_icmp,
 * net/netfilter/ipvs/ip_vs_core.c). The sum over the quoted packet itself is left as it was, as the kernel leaves it.
 */
export function relater(hook: Hook, parts: RelaterParts) {
  const { pass, drop } = verdictsOf[hook];
  const { table, secrets } = parts;
  const relatedTunnel = tunnelRelater(hook, parts);
  const leave = () => give(pass);

  const follow = (ctx: View, family: 4 | 6, error: IcmpError, missing: () => void) => {
    const ports = portsOf(error.portsBack, error.protocol, family);
    const entry = find(table, flowOf(family, ports, error.addressesBack, secrets)).value;
    when(entry.isMissing, missing);
    const tick = tickNow();
    when(isExpired(entry, tick), leave);
    when(hasFlag(entry.word, EntryFlag.alias), () =>
      toClient(hook, ctx, family, error, { table, alias: entry }),
    );
    toServer(ctx, family, error, { entry, tick, virtualPort: virtualPortOf(ports) });
  };

  const toServer = (
    ctx: View,
    family: 4 | 6,
    error: IcmpError,
    { entry, tick, virtualPort }: { entry: EntryView; tick: U32; virtualPort: U32 },
  ) => {
    const number = entry.server;
    const server = servers.at(number);
    when(server.ready.is(Ready.released), leave);
    when(isStale(server, tick).or(server.ready.is(Ready.unknown)), () => {
      refresh(ctx, server, tick);
    });
    when(server.ready.is(Ready.notOurs), leave);
    unlessRemoved(number, () => countIn(number, () => error.length()));
    const readdress = () => {
      const port = variable(server.port.raw);
      when(hasFlag(entry.word, EntryFlag.samePort), () => port.set(virtualPort));
      const address = (family === 4 ? [0] : [0, 1, 2, 3]).map((i) => server.address.word(4 * i));
      error.readdress("destination", "source", address, port.value);
    };
    when(server.method.is(Method.local), () => {
      when(hasFlag(entry.word, EntryFlag.nat), readdress);
      leave();
    });
    // Errors are never answered.
    when(error.timeToLive().atMost(1), () => {
      count("time_to_live");
      give(drop);
    });
    // The kernel doesn't ask whether the server was taken away, only for a way to it.
    when(
      server.device.is(0).or(server.ready.is(Ready.noRoute)).or(server.ready.is(Ready.noNeighbour)),
      () => {
        count("no_route");
        give(drop);
      },
    );
    error.decrementTimeToLive();
    when(hasFlag(entry.word, EntryFlag.nat), readdress);
    when(hasFlag(entry.word, EntryFlag.tunnel), () => {
      if (parts.encapsulate) give(parts.encapsulate(ctx, number));
      else give(drop);
    });
    error.ethernet.write(NextHop, "destination", server.nextHop);
    give(new U32(callHelper("redirect", server.device, 0)));
  };

  return errorReader(hook, "related", { follow, inTunnel: (ctx) => give(relatedTunnel(ctx)) });
}

/** What becomes of an ICMP error when it has been read. */
interface ErrorWays {
  /** It is about a packet of a protocol that has connections. `missing` is for one of no connection. */
  follow(ctx: View, family: 4 | 6, error: IcmpError, missing: () => void): void;
  /** IPv4: it is about something else, perhaps a packet in a tunnel. */
  inTunnel?(ctx: View): void;
}

/** No verdict: what was read may be told of a packet in a tunnel. */
const elsewhere = 0xe15e;

/** Makes the function (and those it calls) that reads an ICMP or ICMPv6 packet; what is no error of these passes. */
export function errorReader(hook: Hook, name: string, { follow, inTunnel }: ErrorWays) {
  const { pass, drop } = verdictsOf[hook];
  const leave = () => give(pass);

  const read4 = globalSubprogram(`${name}4`, [context], u32, (ctx) => {
    const packet = Packet.of(hook, ctx, 0);
    const ethernet = packet.header(Ethernet, leave);
    const ip = packet.header(Ipv4, leave);
    packet.continueAfter(ip, headerLengthOf(ip));
    const icmp = packet.header(Icmp, () => give(drop));
    const { type } = icmp;
    const isWanted = wantedTypes.map((one) => type.is(one)).reduce((all, one) => all.or(one));
    unless(isWanted, leave);
    const about = packet.header(Ipv4, leave);
    when(isNoIpv4(about), leave);
    when(about.fragment.hasAny(fragmentOffset), leave);
    block((other) => {
      unless(isTransport(about.protocol), other);
      follow(ctx, 4, icmpError4(packet, ethernet, { ip, icmp, about }, leave), other);
    });
    return inTunnel ? elsewhere : pass;
  });

  const read6 = globalSubprogram(`${name}6`, [context], u32, (ctx) => {
    const packet = Packet.of(hook, ctx, 0);
    const ethernet = packet.header(Ethernet, leave);
    const ip = packet.header(Ipv6, leave);
    const icmp = packet.header(Icmp, () => give(drop));
    when(icmp.type.atLeast(firstIcmpv6Message), leave);
    follow(ctx, 6, icmpError6(packet, ethernet, { ip, icmp }, leave), leave);
  });

  return globalSubprogram(name, [context], u32, (ctx) => {
    if (hook === "tc") bringTogether(ctx);
    const ethernet = Packet.of(hook, ctx, 0).header(Ethernet, leave);
    const { type } = ethernet;
    when(type.is(EtherType.IPv4), () => {
      const verdict = read4(ctx);
      // By a call from here: it needs so much of the stack that there must be nothing of the other's below it.
      if (inTunnel) when(verdict.is(elsewhere), () => inTunnel(ctx));
      give(verdict);
    });
    when(type.is(EtherType.IPv6), () => give(read6(ctx)));
    return pass;
  });
}

/** NAT's way back. What can't be forwarded is left to the host, as {@link replier} leaves it. */
function toClient(
  hook: Hook,
  ctx: View,
  family: 4 | 6,
  error: IcmpError,
  { table, alias }: { table: Table; alias: EntryView },
): void {
  const { pass } = verdictsOf[hook];
  const leave = () => give(pass);
  const owner = referred(table, alias.reference, alias.referenceGeneration, 0, leave);
  const number = owner.server;
  const server = servers.at(number);
  // What this host says doesn't come in by an interface (local-answer.ts).
  when(server.ready.is(Ready.released).or(server.method.is(Method.local)), leave);
  when(error.timeToLive().atMost(1), leave);

  const send = wayToClient(
    hook,
    ctx,
    {
      isIpv6: Condition.known(family === 6),
      putAddress: (place) => putClient(place, owner, family),
      length: error.length(),
    },
    {
      leave,
      sure: () => unlessRemoved(number, () => countOut(number, () => error.length())),
    },
  );
  error.decrementTimeToLive();
  error.readdress("source", "destination", virtualAddress(owner, family), owner.virtualPort.raw);
  send(error.ethernet);
}

/** At tc only the first bytes may lie in one piece. */
function bringTogether(ctx: View): void {
  const length = new Packet("tc", ctx.asPointer, 0).length;
  const wanted = variable(constant32(longestHeaders));
  when(length.below(longestHeaders), () => wanted.set(length));
  callHelper("skb_pull_data", ctx, wanted.value);
}
