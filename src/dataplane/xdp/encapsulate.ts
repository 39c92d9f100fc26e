import {
  callHelper32,
  constant32,
  context,
  give,
  globalSubprogram,
  type Hook,
  Packet,
  type U32,
  u32,
  type View,
  variable,
  verdictsOf,
  when,
} from "../../asm/index.js";
import { count } from "./count.js";
import { TunnelFlag, TunnelType } from "./layout.js";
import { servers } from "./maps.js";
import { writeOuter } from "./outer.js";
import type { ServerView } from "./track.js";
import { GreChecksum, tunnelOverhead } from "./tunnel.js";
import { readWrapped, type Wrapped } from "./wrapped.js";

/** Of bpf_skb_adjust_room (include/uapi/linux/bpf.h): room behind the MAC header, and BPF_F_ADJ_ROOM_*. */
const behindMac = 1;
const Room = { fixedSegments: 1, ipv4: 2, ipv6: 4, gre: 8, udp: 16 } as const;

/**
 * Makes the function that wraps a packet for a server behind a tunnel and sends it there. It takes the packet (an Ethernet
 * frame whose IP header has been checked, its time to live already less by one, small enough for the tunnel: see
 * {@link tunnelOverhead}) and the server's index, and gives the verdict. Outer headers are as the kernel's IPVS writes them
 * (ip_vs_tunnel_xmit, net/netfilter/ipvs/ip_vs_xmit.c):
 *
 *     IPIP   | Ethernet | IPv4 or IPv6 | packet
 *     GUE    | Ethernet | IPv4 or IPv6 | UDP | GUE | packet
 *     GRE    | Ethernet | IPv4 or IPv6 | GRE [checksum] | packet
 *
 * With checksums the sum over the packet is not read but known (see wrapped.ts). Where it isn't, and in what the kernel still
 * cuts into segments, the outer header has none: zero in UDP, no flag in GRE.
 */
export function encapsulator(hook: Hook) {
  const { drop } = verdictsOf[hook];
  return globalSubprogram("encapsulate", [context, u32], u32, (ctx, index) => {
    const server = servers.at(index);
    const overhead = tunnelOverhead(server);
    const wrapped = readWrapped(Packet.of(hook, ctx, 14 + 60 + 8), drop);
    const sized = withoutNeedlessChecksum(server, overhead, wrapped);
    const made = hook === "xdp" ? makeRoomXdp(ctx, sized) : makeRoomTc(ctx, sized, server);
    when(made.isNot(0), () => {
      count("no_headroom");
      give(drop);
    });
    const write = (family: 4 | 6) => writeOuter({ hook, ctx, server, wrapped, family });
    when(
      server.family.is(6),
      () => write(6),
      () => write(4),
    );
    return callHelper32("redirect", server.device, 0);
  });
}

/** GRE's checksum takes room only if there is one. */
function withoutNeedlessChecksum(server: ServerView, overhead: U32, wrapped: Wrapped): U32 {
  const bytes = variable(overhead);
  const isGre = server.tunnelType.is(TunnelType.gre);
  when(isGre.and(server.tunnelFlags.hasAny(TunnelFlag.checksum)).and(wrapped.summed.value.is(0)), () =>
    bytes.set(overhead.sub(GreChecksum.size)),
  );
  return bytes.value;
}

function makeRoomXdp(ctx: View, bytes: U32): U32 {
  return callHelper32("xdp_adjust_head", ctx, constant32(0).sub(bytes));
}

/** Tells the kernel what the room is for: it then can still cut a packet of several segments, each with a header of its own. */
function makeRoomTc(ctx: View, bytes: U32, server: ServerView): U32 {
  const flags = variable(constant32(Room.fixedSegments | Room.ipv4));
  when(server.family.is(6), () => flags.set(constant32(Room.fixedSegments | Room.ipv6)));
  when(server.tunnelType.is(TunnelType.gue), () => flags.set(flags.value.or(Room.udp)));
  when(server.tunnelType.is(TunnelType.gre), () => flags.set(flags.value.or(Room.gre)));
  return callHelper32("skb_adjust_room", ctx, bytes, behindMac, flags.value);
}
