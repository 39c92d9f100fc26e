import {
  block,
  Condition,
  constant32,
  Ethernet,
  EtherType,
  fragmented,
  type Given,
  type Hook,
  IpProtocol,
  Ipv4,
  Ipv6,
  type Packet,
  type Program,
  packetProgram,
  type StructView,
  type U32,
  type U64,
  unless,
  unlikely,
  variable,
  verdictsOf,
  when,
} from "../../asm/index.js";
import { Answer, answerer } from "./answer.js";
import { Course } from "./capture-record.js";
import { clientNoter } from "./client-ways.js";
import { tickNow } from "./clock.js";
import { count } from "./count.js";
import { encapsulator } from "./encapsulate.js";
import { putAddresses } from "./entry-addresses.js";
import { connectionMaker } from "./establish.js";
import type { Secrets } from "./flow.js";
import {
  type AttemptView,
  attemptAt,
  entryAt,
  find,
  flowOf,
  numberOf,
  portsOf,
  protocolOf,
  virtualPortOf,
} from "./flow.js";
import { fragmentOffset, mostHeaders } from "./fragment.js";
import { addresses4, addresses6, decrementTimeToLive, headerLengthOf, isNoIpv4 } from "./ip-header.js";
import { EntryFlag, Method, NextHop, noServer, Ready } from "./layout.js";
import { servers, settings } from "./maps.js";
import { isStale } from "./next-hop.js";
import { nextState, timeoutOf } from "./next-state.js";
import { noWay } from "./no-way.js";
import { Outcome } from "./outcome.js";
import { isCapturing, recorder } from "./recorder.js";
import { relater } from "./related.js";
import { replier } from "./reply.js";
import { connectionTable, type TableShape } from "./table.js";
import { tracer } from "./trace-program.js";
import { hasFlag, isExpired, stateChanger, stateOf } from "./track.js";
import { countIn } from "./traffic.js";
import { mayBeginBit } from "./transitions.js";
import { localTranslator, translator } from "./translate.js";
import { longestOf, noTransport, readTransport } from "./transport.js";
import { countAsPart, serverNoter, unusualReader } from "./unusual.js";

type EthernetView = StructView<(typeof Ethernet)["shape"]>;
type Ipv4View = StructView<(typeof Ipv4)["shape"]>;

/** What a director's program is made for. */
export interface DirectorConfig extends TableShape {
  readonly hook: Hook;
  /** The address of the device it is attached to (the tc hook doesn't need it). */
  readonly mac: Uint8Array | Given;
  /** Of the hash, as {@link flowOf} wants them. */
  readonly secrets: Secrets;
  /**
   * How XDP sends a packet on: by redirecting it to the server's device, or by XDP_TX, which is quicker, where there is one
   * device only and the driver does it well (on a veth it does not arrive).
   */
  readonly send: "redirect" | "transmit";
  /** Whether this kernel lets a program record packets (see recorder.ts); it does if nothing is said. */
  readonly records?: boolean;
  /** Whether it is to follow packets (see trace-program.ts): not unless somebody traces. */
  readonly traces?: boolean;
}

/** A packet of either family, as far as the director reads it. */
interface Datagram {
  readonly packet: Packet;
  readonly ethernet: EthernetView;
  readonly family: 4 | 6;
  readonly protocol: U32;
  /** As a flow has them. */
  readonly addresses: readonly U64[];
  /** Bytes from the IP header on, and from the transport header on. */
  length(): U32;
  room(): U32;
  /** Whether it has more than an IP header with its transport's behind it, or less: a fragment, extension headers. */
  isUnusual(protocol: U32): Condition;
  /** Brings what may be read of extension headers together. */
  gather(): void;
  timeToLive(): U32;
  /** Whether it must not be cut in pieces. */
  isWhole(): Condition;
  decrementTimeToLive(): void;
}

/** How a packet goes to its server: as the server was to be reached when its connection began, if there is one. */
interface Manner {
  /** The port, as it stands in a header, for NAT. */
  port(): U32;
  isNat(): Condition;
  isTunnelled(): Condition;
  /** How many packets of the connection there were, with this one. */
  packets(): U32;
  /** The server for which it counts if the client is told something by ICMP, or noServer. */
  told(): U32;
}

/** The director's packet program. A packet that is not for a virtual service goes on to the host, untouched. */
export function director(config: DirectorConfig): Program {
  return packetProgram("director", config.hook, (packet) => {
    // Here, where nothing has to be kept of what a helper destroys.
    const tick = tickNow();
    unlikely(isStandingBy(tick), () => packet.pass());
    const direct = directing(config, tick);
    const ethernet = packet.header(Ethernet);
    unlikely(ethernet.type.isNot(EtherType.IPv4), () => {
      unless(ethernet.type.is(EtherType.IPv6), () => packet.pass());
      unless(packet.isFor(config.mac, ethernet.destination), () => packet.pass());
      direct(ipv6Datagram(packet));
    });
    direct(ipv4Datagram(config, packet, ethernet));
  });
}

/** Whether another director directs (backup_only). Who says so may have been killed: it holds for some seconds. */
function isStandingBy(tick: U32): Condition {
  const until = settings.here.standBy;
  return until.isNot(0).and(until.sub(tick).signedAtLeast(1));
}

function ipv4Datagram(config: DirectorConfig, packet: Packet, ethernet: EthernetView): Datagram {
  const ip = packet.header(Ipv4);
  const { protocol } = ip;
  unless(packet.isFor(config.mac, ethernet.destination), () => packet.pass());
  unlikely(packet.isTagged, () => packet.pass());
  unlikely(isMalformed(ip), () => {
    // A later fragment may carry less.
    unless(ip.fragment.hasAny(fragmentOffset), () => packet.pass());
  });
  const headerLength = headerLengthOf(ip);
  packet.continueAfter(ip, headerLength);
  return {
    packet,
    ethernet,
    family: 4,
    protocol,
    addresses: addresses4(ip),
    length: () => ip.totalLength.host,
    room: () => ip.totalLength.host.sub(headerLength),
    isUnusual: () => ip.fragment.hasAny(fragmented),
    gather: () => {},
    timeToLive: () => ip.timeToLive,
    isWhole: () => ip.fragment.hasAny(0x4000),
    decrementTimeToLive: () => decrementTimeToLive(ip),
  };
}

function ipv6Datagram(outer: Packet): Datagram {
  // Its headers are longer than what was brought together for IPv4.
  const packet = outer.again(Ethernet.size + Ipv6.size + 20);
  const ethernet = packet.header(Ethernet);
  const ip = packet.header(Ipv6);
  unlikely(packet.isTagged, () => packet.pass());
  // No version 6, or no room for ports (no length at all is a jumbogram's): the host drops that and counts it.
  const isTooShort = ip.payloadLength.host.sub(1).below(7);
  unlikely(ip.versionAndFlow.host.shiftRight(28).isNot(6).or(isTooShort), () => packet.pass());
  return {
    packet,
    ethernet,
    family: 6,
    protocol: ip.nextHeader,
    addresses: addresses6(ip),
    length: () => ip.payloadLength.host.add(Ipv6.size),
    room: () => ip.payloadLength.host,
    isUnusual: (protocol) => ip.nextHeader.isNot(protocol),
    gather: () => {
      const again = packet.gather(mostHeaders);
      again.header(Ethernet);
      again.header(Ipv6);
    },
    timeToLive: () => ip.hopLimit,
    isWhole: () => Condition.known(true),
    decrementTimeToLive: () => {
      ip.hopLimit = ip.hopLimit.sub(1);
    },
  };
}

/** What a packet's addresses and transport header lead to: its connection, and that to its server. */
function directing(config: DirectorConfig, tick: U32): (datagram: Datagram) => void {
  const { hook } = config;
  const table = connectionTable(config);
  const verdicts = verdictsOf[hook];
  const trace = config.traces ? tracer(hook) : undefined;
  const record = trace ?? recorder(hook, config.records ?? true);
  const { establish, renew } = connectionMaker(table, config.secrets, verdicts, trace);
  const changer = stateChanger(table);
  const { changeState } = changer;
  const reply = replier(hook, table, changer, trace);
  const translate = translator(hook);
  const translateHere = localTranslator(hook);
  const answer = answerer(hook);
  const withoutWay = noWay(hook, answer);
  const noteClient = clientNoter(hook);
  const encapsulate = encapsulator(hook);
  const readUnusual = unusualReader(hook);
  const noteServer = serverNoter(hook);
  const related = relater(hook, { table, secrets: config.secrets, encapsulate });

  return (datagram) => {
    const { packet, ethernet, family, addresses } = datagram;
    const transport = noTransport();
    const protocol = variable(datagram.protocol);
    block((known) => {
      /** Fragments and extension headers: what the packet says elsewhere than a whole transport header would. */
      const look = () => {
        datagram.gather();
        record.keep(packet);
        const mine = attemptAt("packet").otherwise(() => packet.drop());
        unlikely(readUnusual(packet.context, mine).isNot(0), () =>
          packet.end(record.tell(packet, mine.verdict)),
        );
        const { ports } = mine;
        transport.ports.set(ports.low);
        transport.event.set(mine.event);
        if (family === 6) protocol.set(protocolOf(ports));
        known();
      };
      // With IPv6 it shows when there is no transport header.
      if (family === 4) unlikely(datagram.isUnusual(protocol.value), look);
      readTransport(transport, packet, protocol.value, datagram.room(), () => {
        const icmp = family === 4 ? IpProtocol.ICMP : IpProtocol.ICMPv6;
        when(protocol.value.is(icmp), () =>
          record.around(packet, { course: Course.error }, () => related(packet.context)),
        );
        if (family === 6) look();
        else packet.pass();
      });
    });
    const event = transport.event.value;
    const ports = portsOf(transport.ports.value, protocol.value, family);
    const flow = flowOf(family, ports, addresses, config.secrets);

    const attempt = () => {
      if (!trace) record.keep(packet);
      const mine = attemptAt("packet").otherwise(() => packet.drop());
      mine.set({ ports, hash: flow.hash, tick, event });
      putAddresses(mine, addresses);
      return mine;
    };
    trace?.begin(packet, attempt);
    const send = (packet: Packet, number: U32, { port, isNat, isTunnelled, packets, told }: Manner) => {
      const server = servers.at(number);
      unlikely(server.method.is(Method.local), () => {
        when(isNat(), () => packet.end(translateHere(packet.context, number, port())));
        packet.pass();
      });
      unlikely(server.ready.isNot(Ready.yes), () => {
        packet.end(withoutWay(packet.context, number, packets(), told()));
      });
      unlikely(datagram.timeToLive().atMost(1), () => {
        count("time_to_live");
        packet.end(answer(packet.context, Answer.timeExceeded, 0, told()));
      });
      unlikely(datagram.length().above(server.limit), () => {
        const longest = longestOf(packet, protocol.value, datagram.length(), datagram.room());
        const limit = variable(server.mtu);
        when(isTunnelled(), () => limit.set(server.limit));
        // Of several segments with extension headers only the kernel knows how long they are.
        const isKnown = datagram.isUnusual(protocol.value).and(packet.segmentSize.isNot(0)).not;
        when(longest.above(limit.value).and(isKnown), () => {
          count("too_big");
          // The kernel would cut it in pieces.
          unless(datagram.isWhole(), () => packet.drop());
          datagram.decrementTimeToLive(); // What is quoted is one hop further, as by the kernel.
          packet.end(answer(packet.context, Answer.tooBig, limit.value, told()));
        });
      });
      unlikely(isNat(), () => packet.end(translate(packet.context, number, port())));
      datagram.decrementTimeToLive();
      unlikely(isTunnelled(), () => packet.end(encapsulate(packet.context, number)));
      ethernet.write(NextHop, "destination", server.nextHop); // both addresses
      if (config.send === "transmit") packet.transmit();
      else packet.redirect(server.device);
    };
    const forward = (server: U32, manner: Manner) => {
      unlikely(isCapturing(), () => send(record.watched(packet, { server }), server, manner));
      send(packet, server, manner);
    };
    const countPacket = (number: U32) => {
      countIn(number, () => datagram.length());
      unlikely(datagram.isUnusual(protocol.value), () => {
        countAsPart(number);
      });
    };

    const entry = find(table, flow);
    const conclude = (mine: AttemptView, outcome: U32) => {
      unlikely(outcome.isNot(Outcome.entry), () => {
        when(outcome.is(Outcome.onePacket), () => {
          countPacket(mine.server);
          unlikely(datagram.isUnusual(protocol.value), () => {
            noteServer(packet.context, mine.server);
          });
          const isBy = (method: number) => servers.at(mine.server).configured.is(method);
          forward(mine.server, {
            port: () => mine.port,
            isNat: () => isBy(Method.masq),
            isTunnelled: () => isBy(Method.tunnel),
            packets: () => constant32(1),
            told: () => constant32(noServer),
          });
        });
        const verdict = variable(mine.verdict);
        when(outcome.is(Outcome.nobody), () =>
          verdict.set(answer(packet.context, Answer.unreachable, 0, constant32(noServer))),
        );
        packet.end(record.tell(packet, verdict.value));
      });
      entry.set(entryAt(table, mine.entry));
    };
    block((connected) => {
      unlikely(entry.value.isMissing, () => {
        const mine = attempt();
        conclude(mine, establish(packet.context, mine));
        if (hook === "xdp")
          when(servers.at(mine.server).method.is(Method.masq), () => {
            noteClient(packet.context);
          });
        connected();
      });
      const found = entry.value;
      trace?.found(found);
      unlikely(hasFlag(found.word, EntryFlag.alias), () =>
        record.around(packet, { server: found.server, course: Course.reply }, () =>
          reply(packet.context, numberOf(table, found), event, tick),
        ),
      );
      const server = servers.at(found.server);
      const isUnready = isStale(server, tick).or(server.ready.isNot(Ready.yes));
      unlikely(event.hasAny(mayBeginBit).or(isExpired(found, tick)).or(isUnready), () => {
        const mine = attempt();
        mine.entry = numberOf(table, found);
        conclude(mine, renew(packet.context, mine));
      });
    });
    const connection = entry.value;

    const word = connection.word;
    const state = stateOf(word);
    const direction = word.low.and(EntryFlag.noOutput).xor(EntryFlag.noOutput).shiftLeft(1);
    const next = nextState(direction, event, state);
    unlikely(next.and(15).isNot(state), () => {
      changeState(connection, word, next);
    });
    connection.expires = tick.add(timeoutOf(event, next));
    connection.packets = connection.packets.add(1);
    trace?.after(connection);

    const number = connection.server;
    countPacket(number);
    // A server's method may have been changed: its connections keep to theirs.
    forward(number, {
      port: () => portFor(connection.word, ports, number),
      isNat: () => hasFlag(connection.word, EntryFlag.nat),
      isTunnelled: () => hasFlag(connection.word, EntryFlag.tunnel),
      packets: () => connection.packets,
      told: () => number,
    });
  };
}

/** The port that a connection's packets go to, as it stands in a header. */
function portFor(word: U64, ports: U64, number: U32): U32 {
  const port = variable(servers.at(number).port.raw);
  when(hasFlag(word, EntryFlag.samePort), () => port.set(virtualPortOf(ports)));
  return port.value;
}

/** A version that is not 4, a header shorter than it can be, a length without room for ports: the host drops that and counts it. */
function isMalformed(ip: Ipv4View): Condition {
  const headers = headerLengthOf(ip).add(8);
  return isNoIpv4(ip).or(ip.totalLength.host.below(headers));
}
