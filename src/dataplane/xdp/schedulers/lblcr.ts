import { give, pointer, repeat, subprogram, U64, u32, unless, when } from "../../../asm/index.js";
import { tickNow } from "../clock.js";
import { Service } from "../layout.js";
import { servers } from "../maps.js";
import { findLeast, insert, removeMost, SetWalk } from "./destination-set.js";
import { destinationOf, isOutdone, ticksOf } from "./destinations.js";
import { leastLoaded } from "./least.js";
import { listAt } from "./list.js";
import { nobody, Request, type XdpScheduler } from "./scheduler.js";

const id = 10;

/**
 * As lblc, with a set of servers for each destination: where the one with the least to do has too much, another one joins
 * the set (ip_vs_lblcr.c). A set that has not changed for `lblcr_expiration` seconds loses its busiest server.
 */
export const lblcr: XdpScheduler = {
  name: "lblcr",
  id,
  choose: subprogram("lblcr", [pointer(Service), pointer(Request), u32], u32, (service, request, at) => {
    const list = listAt(at);
    const walk = SetWalk.local({ cache: service.cache });
    const { least } = walk;
    least.set({ servers: list.servers, chosen: nobody });
    const { known, orNew } = destinationOf(service, request, id);
    known.whenFound((destination) => {
      walk.set({ destination: new U64(destination.asPointer) });
      findLeast(walk);
      const chosen = least.chosen;
      when(walk.size.above(1), () => {
        const unchanged = tickNow().sub(destination.changed);
        when(unchanged.extended.above(ticksOf("lblcr_expiration")), () => removeMost(walk, destination));
      });
      least.set({ chosen: nobody });
      when(chosen.isNot(nobody), () =>
        unless(isOutdone(servers.at(chosen), list, least), () => give(chosen)),
      );
    });
    repeat(list.count, leastLoaded, least);
    const chosen = least.chosen;
    when(chosen.is(nobody), () => give(nobody));
    const destination = orNew(chosen);
    walk.set({ destination: new U64(destination.asPointer) });
    insert(walk, destination, chosen);
    return chosen;
  }),
};
