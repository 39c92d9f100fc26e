import {
  callHelper,
  context,
  give,
  pointer,
  type StructView,
  subprogram,
  U32,
  u32,
  unless,
  type View,
  when,
} from "../../asm/index.js";
import { count } from "./count.js";
import { FibLookup, Ready, Server, ticks, Use } from "./layout.js";

/** A server whose next hop was found longer ago than this is asked about again. */
export const freshness = ticks(1);

/** The loopback device's index, in every network namespace. */
const loopback = 1;
/** What bpf_fib_lookup says (include/uapi/linux/bpf.h, BPF_FIB_LKUP_RET_*). */
const Fib = {
  success: 0,
  notForwarded: 4,
  forwardingOff: 5,
  noNeighbour: 7,
  fragmentationNeeded: 8,
} as const;

/**
 * Finds anew how a server is reached, and whether its service's VIP is this host's: a director without the VIP directs
 * nothing. Gives what `ready` says afterwards.
 *
 * The kernel's routing is asked as if the packet came from the loopback device, which is what a locally made packet does,
 * because the look-up refuses devices that don't forward, and direct routing needs no forwarding. The control plane sets
 * net.ipv4.conf.lo.forwarding, which nothing else depends on. But who turns net.ipv4.ip_forward off turns it off too: then
 * what was known holds until the control plane comes by.
 */
export const refresh = subprogram("refresh", [context, pointer(Server), u32], u32, (ctx, server, tick) => {
  server.set({ checked: tick });
  const become = (ready: number) => {
    const place = server.atomic("ready");
    place.exchange(ready);
    // It may have been removed meanwhile, and then it stays so, unless it has come back already.
    when(server.use.isNot(Use.live), () => {
      place.compareAndSwap(ready, Ready.removed);
      give(Ready.removed);
    });
    give(ready);
  };
  const mine = FibLookup.local({ family: 2, device: loopback });
  mine.write(u32, "destination", server.read(u32, "virtual"));
  const local = ask(ctx, mine);
  when(local.is(Fib.forwardingOff), () => {
    count("forwarding_off");
    when(server.ready.is(Ready.yes), () => give(Ready.yes));
    become(Ready.noRoute);
  });
  unless(local.is(Fib.notForwarded), () => become(Ready.notOurs));

  const way = FibLookup.local({ family: 2, device: loopback });
  way.write(u32, "destination", server.read(u32, "address"));
  const answer = ask(ctx, way);
  when(answer.is(Fib.success).or(answer.is(Fib.fragmentationNeeded)), () => {
    server.nextHop.destination.copy(way.destinationMac);
    server.nextHop.source.copy(way.sourceMac);
    server.set({ device: way.device });
    become(Ready.yes);
  });
  // While the neighbour is being asked for, what was known of it still holds.
  when(answer.is(Fib.noNeighbour).and(server.ready.is(Ready.yes)), () => give(Ready.yes));
  become(Ready.noRoute);
});

function ask(ctx: View, lookup: StructView<(typeof FibLookup)["shape"]>): U32 {
  return new U32(callHelper("fib_lookup", ctx, lookup, FibLookup.size, 0));
}
