import {
  callback,
  constant32,
  give,
  pointer,
  repeat,
  type StructView,
  type Subprogram,
  struct,
  subprogram,
  type U32,
  type U64,
  u32,
  u64,
  unless,
  when,
} from "../../../asm/index.js";
import { Service } from "../layout.js";
import { servers } from "../maps.js";
import type { ServerView } from "../track.js";
import { isAvailable, listAt, overhead, word } from "./list.js";
import { nobody, Request, type XdpScheduler } from "./scheduler.js";

/** A walk for the server with the least to do: filled in before, read afterwards. */
export const Least = struct("Least", {
  /** Where the servers' indexes begin. */
  servers: u32,
  /** The best so far: its index, its load, its weight; its place, where it is not looked for in a list. */
  chosen: u32,
  load: u64,
  weight: u32,
  place: u32,
});
export type LeastView = StructView<(typeof Least)["shape"]>;

/** How a scheduler measures servers. */
interface Measure {
  readonly load: (server: ServerView) => U64;
  /** What the load is divided by; weights are compared without a division. */
  readonly weight: (server: ServerView) => U32;
  /** Whether a server that has no active connection is taken at once. */
  readonly idleFirst?: boolean;
}

const weightOf = (server: ServerView): U32 => server.weight;

/** Looks at one server for the least load for its weight; of equals the first in the list stays. */
function leastOf(name: string, { load: measure, weight: divisor, idleFirst }: Measure): Subprogram {
  return callback(name, [u32, pointer(Least)], (turn, least) => {
    const index = word(least.servers.add(turn));
    const server = servers.at(index);
    unless(isAvailable(server), () => give(0));
    if (idleFirst)
      when(server.active.is(0), () => {
        least.set({ chosen: index });
        give(1);
      });
    const load = measure(server);
    const weight = divisor(server);
    when(least.chosen.is(nobody).or(least.load.mul(weight).above(load.mul(least.weight))), () =>
      least.set({ chosen: index, load, weight }),
    );
    return 0;
  });
}

/** Looks for the weighted least load, as wlc does, and lblc and lblcr where their cache doesn't help. */
export const leastLoaded = leastOf("least_loaded", { load: overhead, weight: weightOf });

function scheduler(name: string, id: number, look: Subprogram): XdpScheduler {
  return {
    name,
    id,
    choose: subprogram(name, [pointer(Service), pointer(Request), u32], u32, (_service, _request, at) => {
      const list = listAt(at);
      const least = Least.local({ servers: list.servers, chosen: nobody });
      repeat(list.count, look, least);
      return least.chosen;
    }),
  };
}

/** A scheduler that looks at all servers and takes the one that has least to do. */
export const leastScheduler = (name: string, id: number, measure: Measure): XdpScheduler =>
  scheduler(name, id, leastOf(`least_by_${name}`, measure));

export const measures = {
  unweighted: { load: overhead, weight: () => constant32(1) },
  weighted: { load: overhead, weight: weightOf },
  /** Active connections, and the one that comes: how long it would wait. */
  delay: { load: (server) => server.active.extended.add(1), weight: weightOf },
} as const satisfies Record<string, Measure>;
