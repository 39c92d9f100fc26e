import {
  type Condition,
  context,
  Ethernet,
  EtherType,
  fragmented,
  give,
  globalSubprogram,
  IpProtocol,
  Ipv4,
  Ipv6,
  Packet,
  type Program,
  packetProgram,
  type U32,
  type U64,
  u32,
  unless,
  unlikely,
  verdictsOf,
  when,
} from "../../asm/index.js";
import { noteAnswer } from "./answered.js";
import { tickNow } from "./clock.js";
import type { DirectorConfig } from "./director.js";
import { virtualAddress } from "./entry-addresses.js";
import { type EntryView, entryAt, find, flowOf, numberOf, portsOf, type Table } from "./flow.js";
import { addresses4, addresses6, headerLengthOf } from "./ip-header.js";
import { EntryFlag, Method, Ready } from "./layout.js";
import { servers } from "./maps.js";
import { errorReader } from "./related.js";
import { rewrite } from "./rewrite.js";
import { connectionTable, referred, type TableShape } from "./table.js";
import { type Changer, hasFlag, isExpired, stateChanger } from "./track.js";
import { countOut, unlessRemoved } from "./traffic.js";
import { firstEvent } from "./transitions.js";
import { noTransport, readTransport } from "./transport.js";

/** The device's address, and of the connection table what the director's program knows. */
type LocalAnswersConfig = TableShape & Pick<DirectorConfig, "mac" | "secrets">;

const { pass } = verdictsOf.tc;
const leave = () => give(pass);

/**
 * The program for what leaves by a device (tc egress) of a director that is a real server itself. What such a server answers
 * within a connection is found by the alias, as an answer of NAT's that comes in: it is counted and moves the connection's
 * state; by NAT its source becomes the virtual address. Then it goes on as the host's stack has sent it. All else passes.
 *
 * A packet may leave by several devices one above the other, as by a macvlan and the one below: it is this one's if it has its
 * address.
 */
export function localAnswers({ mac, secrets, ...shape }: LocalAnswersConfig): Program {
  return packetProgram("local_answers", "tc", (packet) => {
    const table = connectionTable(shape);
    const answered = answeredBy(table, stateChanger(table));
    const toldBy = errorReader("tc", "told_here", {
      follow: (_, family, error, missing) => {
        const ports = portsOf(error.portsBack, error.protocol, family);
        const entry = find(table, flowOf(family, ports, error.addressesBack, secrets)).value;
        when(entry.isMissing, missing);
        const owner = ownerOf(table, entry, tickNow());
        const { server } = owner;
        unlessRemoved(server, () => countOut(server, () => error.length()));
        unless(isNat(owner), leave);
        error.readdress("source", "destination", virtualAddress(owner, family), owner.virtualPort.raw);
        give(pass);
      },
    });
    const go = () => packet.pass();
    const follow = (
      packet: Packet,
      family: 4 | 6,
      { protocol, room, addresses }: { protocol: U32; room: U32; addresses: readonly U64[] },
    ) => {
      const transport = noTransport();
      readTransport(transport, packet, protocol, room, () => {
        const icmp = family === 4 ? IpProtocol.ICMP : IpProtocol.ICMPv6;
        when(protocol.is(icmp), () => packet.end(toldBy(packet.context)));
        go();
      });
      const ports = portsOf(transport.ports.value, protocol, family);
      const entry = find(table, flowOf(family, ports, addresses, secrets)).value;
      when(entry.isMissing, go);
      packet.end(answered(packet.context, numberOf(table, entry), transport.event.value));
    };

    const ethernet = packet.header(Ethernet);
    unlikely(packet.isTagged, go);
    unless(ethernet.source.is(mac), go);
    unlikely(ethernet.type.isNot(EtherType.IPv4), () => {
      unless(ethernet.type.is(EtherType.IPv6), go);
      const longer = packet.again(Ethernet.size + Ipv6.size + 20);
      longer.header(Ethernet);
      const ip = longer.header(Ipv6);
      const addresses = addresses6(ip);
      follow(longer, 6, {
        protocol: ip.nextHeader,
        room: longer.length.sub(Ethernet.size + Ipv6.size),
        addresses,
      });
    });
    const ip = packet.header(Ipv4);
    unlikely(ip.fragment.hasAny(fragmented), go);
    const { protocol } = ip;
    const addresses = addresses4(ip);
    const headerLength = headerLengthOf(ip);
    packet.continueAfter(ip, headerLength);
    follow(packet, 4, {
      protocol,
      room: packet.length.sub(Ethernet.size).sub(headerLength),
      addresses,
    });
  });
}

/** Makes the function for a packet that leaves and has found the entry with this number. */
function answeredBy(table: Table, changer: Changer) {
  return globalSubprogram("answered_here", [context, u32, u32], u32, (ctx, number, event) => {
    const tick = tickNow();
    const owner = ownerOf(table, entryAt(table, number), tick);
    // From now on answers are seen, and the states are those of NAT. UDP has no use for that.
    const word = owner.word;
    when(hasFlag(word, EntryFlag.noOutput).and(event.below(firstEvent.udp)), () => {
      owner.atomic("word").compareAndSwap(word, word.and(~BigInt(EntryFlag.noOutput)));
    });
    const length = new Packet("tc", ctx.asPointer, 0).length.sub(Ethernet.size);
    noteAnswer(owner, { event, tick, length }, changer);
    unless(isNat(owner), leave);
    const address = (family: 4 | 6) => virtualAddress(owner, family);
    const port = owner.virtualPort.raw;
    rewrite("tc", ctx, { side: "source", address, port, isLocal: true }, () => give(pass));
  });
}

/** The connection with a server on this host that an entry is the alias of; all else passes. */
function ownerOf(table: Table, entry: EntryView, tick: U32): EntryView {
  unless(hasFlag(entry.word, EntryFlag.alias), leave);
  const owner = referred(table, entry.reference, entry.referenceGeneration, 0, leave);
  when(isExpired(owner, tick), leave);
  const server = servers.at(owner.server);
  unless(server.method.is(Method.local), leave);
  when(server.ready.is(Ready.released), leave);
  return owner;
}

const isNat = (owner: EntryView): Condition => hasFlag(owner.word, EntryFlag.nat);
