import {
  type Condition,
  callback,
  constant32,
  give,
  pointer,
  repeat,
  type StructView,
  type U32,
  type U64,
  u32,
  variable,
  when,
} from "../../../asm/index.js";
import type { TunableName } from "../../../ipvs/tunables.js";
import { tickNow } from "../clock.js";
import { tunable } from "../defence.js";
import { type Destination, DestinationKey, tickShift, Use } from "../layout.js";
import { destinations, noDestination, servers } from "../maps.js";
import type { ServerView } from "../track.js";
import { Least, type LeastView } from "./least.js";
import { type ServerList, word } from "./list.js";
import { nobody, type RequestView, type ServiceView } from "./scheduler.js";

export type DestinationView = StructView<(typeof Destination)["shape"]>;

/**
 * What lblc and lblcr remember of destinations: where the packets for an address go, in one map for all services. The kernel
 * has a table for each service. Where that matters: the number of entries above which some are forgotten before their time
 * (see forget.ts) is reached by all services together.
 */
export function destinationOf(service: ServiceView, request: RequestView, scheduler: number) {
  const key = DestinationKey.local({ cache: service.cache, scheduler });
  key.address.copy(request.destinationAddress);
  const known = destinations.lookup(key);
  known.whenFound((destination) => destination.set({ lastUse: tickNow() }));
  return {
    known,
    /** The entry, made if there is none. Without room the server is `chosen` all the same, and not remembered. */
    orNew: (chosen: U32): DestinationView =>
      known.otherwise(() => {
        destinations.update(key, noDestination.here, "new");
        const made = destinations.lookup(key).otherwise(() => give(chosen));
        made.lastUse = tickNow();
        return made;
      }),
  };
}

/** A tunable of seconds, in ticks. */
export const ticksOf = (name: TunableName): U64 =>
  tunable(name).extended.mul(1_000_000_000).shiftRight(tickShift);

/** What stands for a server in a destination of the cache with this number. */
export const memberOf = (cache: U32, index: U32): U64 =>
  checkOf(cache, servers.at(index)).extended.shiftLeft(32).or(index);

/**
 * Whether a member is still the server that it was when it became one. Its slot may belong to another one meanwhile; and an
 * entry may be freed and become another destination's while this packet looks at it.
 */
export const isStill = (cache: U32, member: U64, server: ServerView): Condition =>
  member.isNot(0).and(checkOf(cache, server).is(member.high));

const checkOf = (cache: U32, server: ServerView): U32 => cache.shiftLeft(16).xor(server.stamp);

/** Whether a server is in its service's list now. */
export const isThere = (server: ServerView): Condition => server.use.is(Use.live);

/** Whether a server has more active connections than its weight while one of the list has less than half as many as its own. */
export function isOutdone(server: ServerView, list: ServerList, least: LeastView): Condition {
  const outdone = variable(constant32(0));
  when(server.active.above(server.weight), () => {
    repeat(list.count, hasRoom, least);
    when(least.chosen.isNot(nobody), () => outdone.set(constant32(1)));
    least.set({ chosen: nobody });
  });
  return outdone.value.isNot(0);
}

const hasRoom = callback("has_room", [u32, pointer(Least)], (turn, least) => {
  const index = word(least.servers.add(turn));
  const server = servers.at(index);
  when(server.active.shiftLeft(1).below(server.weight), () => {
    least.set({ chosen: index });
    give(1);
  });
  return 0;
});
