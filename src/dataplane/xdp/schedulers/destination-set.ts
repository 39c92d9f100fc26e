import {
  callback,
  constant32,
  give,
  pointer,
  repeat,
  type StructView,
  struct,
  type U32,
  u32,
  u64,
  unless,
  viewAt,
  when,
} from "../../../asm/index.js";
import { tickNow } from "../clock.js";
import { Destination } from "../layout.js";
import { servers } from "../maps.js";
import { type DestinationView, isStill, isThere, memberOf } from "./destinations.js";
import { Least } from "./least.js";
import { isAvailable, overhead } from "./list.js";
import { nobody } from "./scheduler.js";

/**
 * lblcr's set of servers for a destination. The kernel puts a new one at the head of a list that has no end; here the newest
 * stands highest in 32 places, and one more than that is not remembered. After one in the middle has left, and the places above
 * it are full, a new one takes its place: only then may of two servers with equal load another one be first.
 */
const places = 32;

/** A walk over a set, the newest member first: filled in before, read afterwards. Stack is scarce here. */
export const SetWalk = struct("SetWalk", {
  /** The best, or the worst, so far. It is the walk over the whole list too. */
  least: Least,
  /** The address of the destination, and the number of its cache. */
  destination: u64,
  cache: u32,
  /** How many members there are. */
  size: u32,
});
type SetWalkView = StructView<(typeof SetWalk)["shape"]>;

const noPlace = 0xffff_ffff;
const placeAt = (turn: U32): U32 => constant32(places - 1).sub(turn);

/** The member with the least to do for its weight among those that can take a connection; and how many members there are. */
export function findLeast(walk: SetWalkView): void {
  walk.set({ size: 0 });
  walk.least.set({ chosen: nobody });
  repeat(places, leastOfSet, walk);
}

/** Takes the member with the most to do for its weight out, whether it is there or not. */
export function removeMost(walk: SetWalkView, destination: DestinationView): void {
  const most = walk.least;
  most.set({ chosen: nobody });
  repeat(places, mostOfSet, walk);
  when(most.chosen.isNot(nobody), () => {
    destination.members.atomic(most.place).exchange(0);
    destination.changed = tickNow();
  });
}

/** Puts a server into a set unless it is in it, or there is no place. */
export function insert(walk: SetWalkView, destination: DestinationView, server: U32): void {
  const found = walk.least;
  found.set({ chosen: server, place: noPlace });
  walk.set({ size: 0 });
  repeat(places, findPlace, walk);
  unless(found.chosen.is(nobody).or(found.place.is(noPlace)), () => {
    destination.members.atomic(found.place).exchange(memberOf(walk.cache, server));
    destination.changed = tickNow();
  });
}

const leastOfSet = callback("least_of_set", [u32, pointer(SetWalk)], (turn, walk) => {
  const member = viewAt(Destination, walk.destination).members.at(placeAt(turn));
  const server = servers.at(member.low);
  unless(isStill(walk.cache, member, server), () => give(0));
  walk.set({ size: walk.size.add(1) });
  unless(isThere(server).and(isAvailable(server)), () => give(0));
  const { least } = walk;
  const load = overhead(server);
  const { weight } = server;
  when(least.chosen.is(nobody).or(least.load.mul(weight).above(load.mul(least.weight))), () =>
    least.set({ chosen: member.low, load, weight }),
  );
  return 0;
});

const mostOfSet = callback("most_of_set", [u32, pointer(SetWalk)], (turn, walk) => {
  const place = placeAt(turn);
  const member = viewAt(Destination, walk.destination).members.at(place);
  const server = servers.at(member.low);
  const { weight } = server;
  unless(isStill(walk.cache, member, server).and(weight.isNot(0)), () => give(0));
  const most = walk.least;
  const load = overhead(server);
  when(most.chosen.is(nobody).or(most.load.mul(weight).below(load.mul(most.weight))), () =>
    most.set({ chosen: member.low, load, weight, place }),
  );
  return 0;
});

/** Looks for the place above all members, else for any that is free; `chosen` becomes nobody if that server is a member. */
const findPlace = callback("find_place", [u32, pointer(SetWalk)], (turn, walk) => {
  const place = placeAt(turn);
  const member = viewAt(Destination, walk.destination).members.at(place);
  const found = walk.least;
  when(
    isStill(walk.cache, member, servers.at(member.low)),
    () => {
      walk.set({ size: walk.size.add(1) });
      when(member.low.is(found.chosen), () => {
        found.set({ chosen: nobody });
        give(1);
      });
    },
    () => when(walk.size.is(0).or(found.place.is(noPlace)), () => found.set({ place })),
  );
  return 0;
});
