import {
  callback,
  choose,
  constant32,
  give,
  pointer,
  repeat,
  type StructView,
  struct,
  subprogram,
  U32,
  type U64,
  u32,
  u64,
  unless,
  when,
} from "../../asm/index.js";
import { listHead, ServerFlag, Service, schedulerIds } from "./layout.js";
import { lists, servers } from "./maps.js";
import type { ServerView } from "./track.js";

/** What a scheduler gives when there is nobody to give. */
export const nobody = 0xffff_ffff;

type ServiceView = StructView<(typeof Service)["shape"]>;

/**
 * A walk over a list of servers: filled in before, read afterwards. Lists are walked by the kernel's loop, a callback for
 * each server, so that the verifier sees one turn however many servers there are.
 */
const Walk = struct("Walk", {
  /** Index of the list's first server in `lists`, and how many there are. */
  first: u32,
  count: u32,
  /** Where in the list the walk begins; it goes round. */
  start: u32,
  /** Only servers of at least this weight. */
  weight: u32,
  /** The best so far: its place in the list, its index, its load and weight; the largest weight that was seen. */
  place: u32,
  chosen: u32,
  load: u64,
  chosenWeight: u32,
  heaviest: u32,
});
type WalkView = StructView<(typeof Walk)["shape"]>;

/**
 * Chooses the server for a new connection, in the order and with the arithmetic of the kernel's schedulers
 * (net/netfilter/ipvs/ip_vs_rr.c, _wrr.c, _lc.c, _wlc.c); gives {@link nobody} if none can take it.
 */
export const schedule = subprogram("schedule", [pointer(Service)], u32, (service) => {
  const list = service.list;
  const count = word(list, listHead.count);
  when(count.is(0), () => give(nobody));
  const walk = Walk.local({
    first: list.add(listHead.length),
    count,
    weight: 1,
    chosen: nobody,
  });
  choose(
    service.scheduler,
    new Map([
      [schedulerIds.rr, () => roundRobin(service, walk)],
      [schedulerIds.wrr, () => weightedRoundRobin(service, walk)],
      [schedulerIds.lc, () => leastConnections(walk, constant32(1))],
      [schedulerIds.wlc, () => leastConnections(walk, undefined)],
    ]),
  );
  return walk.chosen;
});

/** The next server after the last one, twice round at most. */
function roundRobin(service: ServiceView, walk: WalkView): void {
  const state = service.state;
  const version = word(walk.first.sub(listHead.length), listHead.version);
  // A state that belongs to another list: begin at the head, as after a change.
  when(versionOf(state).is(version), () => walk.set({ start: placeOf(state) }));
  repeat(walk.count, firstAvailable, walk);
  when(walk.chosen.isNot(nobody), () => {
    service.atomic("state").compareAndSwap(state, stateOf(version, walk.place.add(1), constant32(0)));
  });
}

/**
 * Servers of at least the current weight, from the last one on; at the list's end the weight sinks by the divisor. The
 * kernel sinks it step by step until a server has it; here the next weight that some server has is taken at once.
 */
function weightedRoundRobin(service: ServiceView, walk: WalkView): void {
  const list = walk.first.sub(listHead.length);
  const version = word(list, listHead.version);
  const maximum = word(list, listHead.maximum);
  const divisor = word(list, listHead.divisor);
  when(maximum.is(0), () => give(nobody));
  const state = service.state;
  const known = versionOf(state).is(version);
  when(
    known,
    () => walk.set({ start: placeOf(state), weight: state.low }),
    () => walk.set({ start: 0, weight: maximum }),
  );
  // The rest of the list at the current weight. A walk goes round, so this one is made to stop at the list's end.
  const all = walk.count;
  const start = walk.start;
  when(start.below(all), () => {
    walk.set({ count: all.sub(start), first: walk.first.add(start), start: 0 });
    repeat(walk.count, firstAvailable, walk);
    walk.set({ count: all, first: list.add(listHead.length), place: walk.place.add(start) });
  });
  when(walk.chosen.is(nobody), () => {
    walk.set({ start: 0, heaviest: 0 });
    repeat(walk.count, heaviestAvailable, walk);
    const heaviest = walk.heaviest;
    when(heaviest.is(0), () => {
      // The kernel goes down to the last weight and ends at the head with the largest, unless it was at the last one already.
      when(start.is(0).or(walk.weight.above(divisor)), () => {
        service.atomic("state").compareAndSwap(state, stateOf(version, constant32(0), maximum));
      });
      give(nobody);
    });
    // One step down, round to the top below zero, and not above what there is.
    const weight = walk.weight;
    when(
      weight.above(divisor),
      () => walk.set({ weight: weight.sub(divisor) }),
      () => walk.set({ weight: maximum }),
    );
    const reachable = heaviest.sub(divisor).add(1);
    when(walk.weight.above(reachable), () => walk.set({ weight: reachable }));
    repeat(walk.count, firstAvailable, walk);
  });
  when(walk.chosen.isNot(nobody), () => {
    service.atomic("state").compareAndSwap(state, stateOf(version, walk.place.add(1), walk.weight));
  });
}

/** The least load for its weight; of equals the first in the list. lc counts every server as of weight one. */
function leastConnections(walk: WalkView, weight: U32 | undefined): void {
  walk.set({ weight: weight ?? 0 });
  repeat(walk.count, leastLoaded, walk);
}

const firstAvailable = callback("first_available", [u32, pointer(Walk)], (turn, walk) => {
  const place = around(walk, turn);
  const index = word(walk.first, 0, place);
  const server = servers.at(index);
  unless(isAvailable(server), () => give(0));
  when(server.weight.below(walk.weight), () => give(0));
  walk.set({ chosen: index, place });
  return 1;
});

const heaviestAvailable = callback("heaviest_available", [u32, pointer(Walk)], (turn, walk) => {
  const server = servers.at(word(walk.first, 0, turn));
  when(isAvailable(server).and(server.weight.above(walk.heaviest)), () =>
    walk.set({ heaviest: server.weight }),
  );
  return 0;
});

const leastLoaded = callback("least_loaded", [u32, pointer(Walk)], (turn, walk) => {
  const index = word(walk.first, 0, turn);
  const server = servers.at(index);
  unless(isAvailable(server), () => give(0));
  const load = overhead(server);
  const own = server.weight;
  const take = () => walk.set({ chosen: index, load, chosenWeight: own });
  when(walk.chosen.is(nobody), () => {
    take();
    give(0);
  });
  when(
    walk.weight.is(1),
    () => when(load.below(walk.load), take),
    // load / weight, compared without a division
    () => when(walk.load.mul(own).above(load.mul(walk.chosenWeight)), take),
  );
  return 0;
});

/** A server of weight 0 takes no new connections, nor does one that has as many as it may. */
const isAvailable = (server: ServerView) =>
  server.weight.isNot(0).and(server.flags.and(ServerFlag.overloaded).is(0));

/** What a server has to do: an active connection counts as 257 inactive ones. */
const overhead = (server: ServerView): U64 =>
  new U32(server.active.source).extended.mul(257).add(server.inactive);

/** A place in the list, counted from where the walk began. */
function around(walk: WalkView, turn: U32): U32 {
  const place = walk.start.add(turn);
  return place.mod(walk.count);
}

function word(list: U32, offset: number, index: U32 = constant32(0)): U32 {
  return lists.at(list.add(offset).add(index)).value;
}

const versionOf = (state: U64): U32 => state.high.shiftRight(24);
const placeOf = (state: U64): U32 => state.high.and(0xff_ffff);
const stateOf = (version: U32, place: U32, weight: U32): U64 =>
  version.shiftLeft(24).or(place).extended.shiftLeft(32).or(weight);
