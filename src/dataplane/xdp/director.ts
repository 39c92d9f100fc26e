import {
  block,
  type Condition,
  coarseNow,
  Ethernet,
  EtherType,
  fragmented,
  type Hook,
  IpProtocol,
  Ipv4,
  type Packet,
  type Program,
  packetProgram,
  Tcp,
  TcpFlag,
  type U32,
  u16,
  u32,
  u64,
  unless,
  unlikely,
  verdictsOf,
} from "../../asm/index.js";
import { count } from "./count.js";
import { connectionMaker } from "./establish.js";
import { Attempt, find, flowOf, portsOf } from "./flow.js";
import { NextHop, Ready, tickShift } from "./layout.js";
import { connectionTable, servers, settings, statistics } from "./maps.js";
import { freshness, refresh } from "./next-hop.js";
import { changeState, isExpired, type ServerView, stateOf } from "./track.js";

type IpView = ReturnType<typeof Ipv4.local>;

/** What a director's program is made for. */
export interface DirectorConfig {
  readonly hook: Hook;
  /** The address of the device it is attached to (the tc hook doesn't need it). */
  readonly mac: Uint8Array;
  /** Buckets of the connection table. */
  readonly buckets: number;
  /** Of the hash, as {@link flowOf} wants them. */
  readonly secrets: readonly [bigint, bigint, bigint];
  /**
   * How XDP sends a packet on: by redirecting it to the server's device, or by XDP_TX, which is quicker, where there is one
   * device only and the driver does it well (on a veth it does not arrive).
   */
  readonly send: "redirect" | "transmit";
}

/** The director's packet program. A packet that is not for a virtual service goes on to the host, untouched. */
export function director(config: DirectorConfig): Program {
  const table = connectionTable(config.buckets);
  const verdicts = verdictsOf[config.hook];
  const { establish, renew } = connectionMaker(table, verdicts);

  return packetProgram("director", config.hook, (packet) => {
    const ethernet = packet.header(Ethernet);
    unless(ethernet.type.is(EtherType.IPv4), () => packet.pass());
    const ip = packet.header(Ipv4);
    unless(ip.protocol.is(IpProtocol.TCP), () => packet.pass());
    unless(packet.isFor(config.mac, ethernet.destination), () => packet.pass());
    unlikely(packet.isTagged, () => packet.pass());
    unlikely(isMalformed(ip), () => packet.pass());
    unlikely(ip.fragment.hasAny(fragmented), () => passFragment(packet));
    packet.continueAfter(ip, ip.versionAndLength.and(15).shiftLeft(2));
    const tcp = packet.header(Tcp);

    const tick = coarseNow().shiftRight(tickShift).low;
    const addresses = ip.read(u64, "source");
    const ports = portsOf(tcp.read(u32, "sourcePort").extended, IpProtocol.TCP);
    const flow = flowOf(addresses, ports, config.secrets);
    const attempt = () => Attempt.local({ ...flow, tick, flags: tcp.flags, verdict: verdicts.drop });

    const entry = find(table, flow);
    block((connected) => {
      unlikely(entry.value.isMissing, () => {
        const mine = attempt();
        entry.set(establish(mine, packet.context).otherwise(() => packet.end(mine.verdict)));
        connected();
      });
      unlikely(tcp.flags.hasAny(TcpFlag.SYN).or(isExpired(entry.value, tick)), () => {
        const mine = attempt();
        entry.set(renew(mine, packet.context, entry.value).otherwise(() => packet.end(mine.verdict)));
      });
    });
    const connection = entry.value;
    const server = servers.at(connection.server);

    unlikely(tick.sub(server.checked).above(freshness).or(server.ready.isNot(Ready.yes)), () =>
      makeReady(packet, server, tick),
    );
    unlikely(ip.timeToLive.atMost(1), () => {
      count("time_to_live");
      packet.drop();
    });

    const word = connection.word;
    const state = stateOf(word);
    const next = settings.here.transitions.at(tcp.flags.and(31).shiftLeft(4).or(state));
    unlikely(next.isNot(state), () => {
      changeState(connection, word, next);
    });
    connection.expires = tick.add(settings.here.timeouts.at(next));

    statistics.lookup(connection.server).whenFound((counts) => {
      counts.inPackets = counts.inPackets.add(1);
      counts.inBytes = counts.inBytes.add(ip.totalLength.host);
    });
    decrementTimeToLive(ip);
    ethernet.write(NextHop, "destination", server.nextHop); // both addresses
    if (config.send === "transmit") packet.transmit();
    else packet.redirect(server.device);
  });
}

/** A server that was removed takes its packets along until it comes back; any other is looked for anew. */
function makeReady(packet: Packet, server: ServerView, tick: U32): void {
  unlikely(server.ready.is(Ready.removed), () => {
    count("not_available");
    packet.drop();
  });
  unlikely(server.ready.is(Ready.released), () => packet.pass());
  const ready = refresh(packet.context, server, tick);
  unlikely(ready.is(Ready.notOurs), () => packet.pass());
  unlikely(ready.isNot(Ready.yes), () => {
    count("no_route");
    packet.drop();
  });
}

/** A version that is not 4, a header shorter than it can be, a length without room for TCP: the host drops that and counts it. */
function isMalformed(ip: IpView): Condition {
  const headers = ip.versionAndLength.and(15).shiftLeft(2).add(Tcp.size);
  return ip.versionAndLength.sub(0x45).above(10).or(ip.totalLength.host.below(headers));
}

function passFragment(packet: Packet): void {
  count("fragment");
  packet.pass();
}

/** RFC 1624: one less in the upper byte of a word makes the sum 0x0100 more, with its carry (here as a little-endian machine reads it). */
function decrementTimeToLive(ip: IpView): void {
  const sum = ip.checksum.raw.add(1);
  ip.write(u16, "checksum", sum.add(sum.add(1).shiftRight(16)));
  ip.timeToLive = ip.timeToLive.sub(1);
}
