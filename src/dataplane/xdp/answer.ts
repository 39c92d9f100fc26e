import {
  callHelper,
  constant32,
  context,
  Ethernet,
  EtherType,
  give,
  globalSubprogram,
  type Hook,
  Ipv4,
  Ipv6,
  Packet,
  U32,
  u32,
  unless,
  unlikely,
  variable,
  verdictsOf,
  when,
} from "../../asm/index.js";
import { refuseUnanswerable4, refuseUnanswerable6, wordsOf } from "./answerable.js";
import { count } from "./count.js";
import { mayAnswer } from "./icmp-limit.js";
import { icmpLength, icmpMessages } from "./icmp-message.js";
import { Method, noServer } from "./layout.js";
import { servers } from "./maps.js";
import { countOut } from "./traffic.js";

/** What the director tells a packet's sender. */
export const Answer = {
  /** There is no server for it: port unreachable. */
  unreachable: 0,
  /** It has no hop left to live. */
  timeExceeded: 1,
  /** It is too big for the way to its server and must not be fragmented. */
  tooBig: 2,
  /** There is no route to its server. */
  noRoute: 3,
  /** Nobody answers who has the server's address, or that of the router to it. */
  noNeighbour: 4,
} as const;

/** Type and code of the answers as they stand in a message: type | code << 8 (RFC 792, RFC 4443). */
const messages = {
  4: { unreachable: 0x0303, timeExceeded: 0x000b, tooBig: 0x0403, noHost: 0x0103 },
  6: { unreachable: 0x0401, timeExceeded: 0x0003, tooBig: 0x0002, noHost: 0x0301 },
} as const;

/**
 * Makes the function that answers the packet in the context, as it came, with an ICMP error: `kind` is an {@link Answer},
 * `mtu` what fits where it is too big. What goes out counts as an answer of `server`, if that is not noServer: the kernel's
 * IPVS sees its own message leave, and finds the connection by what it quotes (not by NAT). It gives the packet's verdict: the answer goes out by the device that the packet came
 * in by, or nothing does. As the kernel's icmp_send it answers not everything (see answerable.ts) and not too often (see
 * icmp-limit.ts); its source is the packet's destination, which has to be an address of this host.
 */
export function answerer(hook: Hook) {
  const message = icmpMessages[hook];
  const { drop } = verdictsOf[hook];

  return globalSubprogram("answer", [context, u32, u32, u32], u32, (ctx, kind, mtu, server) => {
    const refuse = () => give(drop);
    const packet = Packet.of(hook, ctx);
    const device = packet.device;
    const present = packet.length.sub(Ethernet.size);
    const frame = packet.header(Ethernet, refuse);
    unlikely(frame.destination.byte(0).and(1).isNot(0), refuse);

    /** `told`: the packet's length as its header has it; `said`: with what is not counted there. */
    const send = (family: 4 | 6, host: U32, told: U32, said: U32) => {
      const { unreachable, timeExceeded, tooBig, noHost } = messages[family];
      const what = variable(constant32(unreachable));
      const rest = variable(constant32(0));
      when(kind.is(Answer.timeExceeded), () => what.set(constant32(timeExceeded)));
      when(kind.atLeast(Answer.noRoute), () => what.set(constant32(noHost)));
      when(
        kind.is(Answer.tooBig),
        () => {
          what.set(constant32(tooBig));
          rest.set(family === 4 ? mtu.and(0xffff) : mtu);
        },
        () => {
          // Only who looks for the size that fits is always told: he would never find it.
          unlikely(mayAnswer(host).is(0), () => {
            count("icmp_limited");
            refuse();
          });
        },
      );
      // Frames of short packets are padded. A packet of many segments may be too long for its header to say (RFC 2675), and
      // XDP doesn't see the length of one in several buffers.
      const length = variable(hook === "xdp" ? said : present);
      when(said.below(present).and(told.isNot(0)), () => length.set(said));
      unlikely(message[family](ctx, what.value, rest.value, length.value).isNot(0), refuse);
      unless(server.is(noServer), () => {
        // Of a packet that waits for a neighbour it quotes what is translated already: that finds NAT's connections.
        const isHidden = servers.at(server).configured.is(Method.masq).and(kind.isNot(Answer.noNeighbour));
        unless(isHidden, () => countOut(server, () => icmpLength[family](length.value)));
      });
      give(new U32(callHelper("redirect", device, 0)));
    };

    when(frame.type.is(EtherType.IPv4), () => {
      const ip = packet.header(Ipv4, refuse);
      refuseUnanswerable4(packet, ip, refuse);
      const told = ip.totalLength.host;
      send(4, ip.source.raw, told, told);
    });
    when(frame.type.is(EtherType.IPv6), () => {
      packet.continueAfter(frame, constant32(Ethernet.size)); // The other branch read on.
      const ip = packet.header(Ipv6, refuse);
      refuseUnanswerable6(packet, ip, refuse);
      const host = wordsOf(ip, "source").reduce((one, other) => one.mul(31).add(other));
      const told = ip.payloadLength.host;
      send(6, host, told, told.add(Ipv6.size));
    });
    return drop;
  });
}
