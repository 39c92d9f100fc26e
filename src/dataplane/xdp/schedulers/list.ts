import type { U32, U64 } from "../../../asm/index.js";
import { listHead, ServerFlag } from "../layout.js";
import { lists } from "../maps.js";
import type { ServerView } from "../track.js";

/** A list in the packet program: indexes into `lists`, and how many servers there are. */
export interface ServerList {
  readonly version: U32;
  readonly count: U32;
  /** Where the servers' indexes begin. */
  readonly servers: U32;
  /** Where the scheduler's own words begin. */
  readonly own: U32;
}

/** Reads the head of the list at `list`. What is not used of it costs nothing. */
export function listAt(list: U32): ServerList {
  const count = word(list.add(listHead.count));
  const servers = list.add(listHead.length);
  return { version: word(list.add(listHead.version)), count, servers, own: servers.add(count) };
}

/** A word of the lists. */
export const word = (index: U32): U32 => lists.at(index).value;

/** A server of weight 0 takes no new connections, nor does one that has as many as it may. */
export const isAvailable = (server: ServerView) =>
  server.weight.isNot(0).and(server.flags.and(ServerFlag.overloaded).is(0));

/** What a server has to do: an active connection counts as 257 inactive ones. */
export const overhead = (server: ServerView): U64 => server.active.extended.mul(257).add(server.inactive);
