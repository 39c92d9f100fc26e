import {
  type Bytes,
  type Condition,
  callHelper,
  context,
  give,
  globalSubprogram,
  pointer,
  type StructView,
  subprogram,
  U32,
  u32,
  unless,
  type View,
  variable,
  when,
} from "../../asm/index.js";
import { count } from "./count.js";
import { isIpv6 } from "./flow.js";
import { Attempt, FibLookup, Method, Ready, Server, ticks, Use } from "./layout.js";
import { isSilent } from "./silence.js";
import type { ServerView } from "./track.js";
import { tunnelOverhead } from "./tunnel.js";
import { fillVirtual } from "./virtual-address.js";

const freshness = ticks(1);
/** Whether a server's next hop was found so long ago that it is to be asked about again. */
export const isStale = (server: ServerView, tick: U32): Condition =>
  tick.sub(server.checked).above(freshness);

/** The loopback device's index, in every network namespace. */
export const loopback = 1;
/** What bpf_fib_lookup says (include/uapi/linux/bpf.h, BPF_FIB_LKUP_RET_*). */
export const Fib = {
  success: 0,
  notForwarded: 4,
  forwardingOff: 5,
  noNeighbour: 7,
} as const;
/** AF_*, which never change. */
export const AddressFamily = { inet: 2, inet6: 10 } as const;
type Question = StructView<(typeof FibLookup)["shape"]>;

/**
 * Finds anew how a server is reached, and whether its service's VIP is this host's: a director without the VIP directs
 * nothing. Gives what `ready` says afterwards.
 *
 * The kernel's routing is asked as if the packet came from the loopback device, which is what a locally made packet does,
 * because the look-up refuses devices that don't forward, and direct routing needs no forwarding. The control plane sets
 * net.ipv4.conf.lo.forwarding and net.ipv6.conf.lo.forwarding, which nothing else depends on. But who turns forwarding off for
 * all devices turns it off there too: then what was known holds until the control plane comes by.
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
  // A mark's service has no address of its own: then each new connection is asked about (ownAddress).
  when(server.serviceProtocol.isNot(0), () => {
    const local = ask(ctx, questionOf(server.serviceFamily, server.serviceAddress));
    when(local.is(Fib.forwardingOff), () => {
      count("forwarding_off");
      when(server.ready.is(Ready.yes), () => give(Ready.yes));
      become(Ready.noRoute);
    });
    unless(local.is(Fib.notForwarded), () => become(Ready.notOurs));
  });

  when(server.method.is(Method.local), () => become(Ready.yes));

  const way = questionOf(server.family, server.address);
  const answer = ask(ctx, way);
  when(answer.is(Fib.success), () => {
    server.nextHop.destination.copy(way.destinationMac);
    server.nextHop.source.copy(way.sourceMac);
    // A route's own MTU counts for what is forwarded only if it is locked; the kernel's IPVS heeds it always.
    const mtu = variable(way.length);
    const limit = (most: U32) =>
      when(most.isNot(0).and(most.below(mtu.value)), () => {
        mtu.set(most);
      });
    limit(server.routeMtu);
    when(server.pathMtuUntil.sub(tick).signedAtLeast(1), () => limit(server.pathMtu));
    server.set({ device: way.device, mtu: mtu.value, limit: mtu.value.sub(tunnelOverhead(server)) });
    server.set({ silentSince: 0 });
    become(Ready.yes);
  });
  when(answer.is(Fib.noNeighbour), () => {
    when(server.silentSince.is(0), () => {
      server.set({ silentSince: tick });
    });
    // While the neighbour is being asked for, what was known of it still holds.
    when(server.ready.is(Ready.yes).and(isSilent(server, tick).not), () => give(Ready.yes));
    become(Ready.noNeighbour);
  });
  become(Ready.noRoute);
});

/** Whether an attempt's virtual address is this host's own: 1 if it is. */
export const ownAddress = globalSubprogram(
  "own_address",
  [context, pointer(Attempt)],
  u32,
  (ctx, attempt) => {
    const question = FibLookup.local({ family: AddressFamily.inet, device: loopback, length: 1 });
    fillVirtual(question.destination, attempt);
    when(isIpv6(attempt.ports), () => question.set({ family: AddressFamily.inet6 }));
    when(ask(ctx, question).is(Fib.notForwarded), () => give(1));
  },
);

/**
 * The question how an address (of family 4 or 6) is reached. A packet of one byte fits everywhere, so what comes back as the
 * length is the MTU of the way.
 */
function questionOf(family: U32, address: Bytes): Question {
  const question = FibLookup.local({ family: AddressFamily.inet, device: loopback, length: 1 });
  when(family.is(6), () => question.set({ family: AddressFamily.inet6 }));
  question.destination.copy(address);
  return question;
}

export function ask(ctx: View, question: Question): U32 {
  return new U32(callHelper("fib_lookup", ctx, question, FibLookup.size, 0));
}
