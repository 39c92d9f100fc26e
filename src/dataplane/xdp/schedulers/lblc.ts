import { give, pointer, repeat, subprogram, u32, unless, when } from "../../../asm/index.js";
import { Service } from "../layout.js";
import { servers } from "../maps.js";
import { destinationOf, isOutdone, isStill, isThere, memberOf } from "./destinations.js";
import { Least, leastLoaded } from "./least.js";
import { listAt } from "./list.js";
import { nobody, Request, type XdpScheduler } from "./scheduler.js";

const id = 9;

/**
 * A destination stays with its server, for the sake of caches, until that is gone or has too much to do while another one
 * has room; then, and at first, it gets the one with the least connections for its weight (ip_vs_lblc.c). As there, a
 * server's upper threshold counts only where it is chosen, not where it is remembered.
 */
export const lblc: XdpScheduler = {
  name: "lblc",
  id,
  choose: subprogram("lblc", [pointer(Service), pointer(Request), u32], u32, (service, request, at) => {
    const list = listAt(at);
    const least = Least.local({ servers: list.servers, chosen: nobody });
    const { known, orNew } = destinationOf(service, request, id);
    known.whenFound((destination) => {
      const member = destination.members.at(0);
      const server = servers.at(member.low);
      const usable = isStill(service.cache, member, server).and(isThere(server)).and(server.weight.isNot(0));
      when(usable, () => unless(isOutdone(server, list, least), () => give(member.low)));
    });
    repeat(list.count, leastLoaded, least);
    const chosen = least.chosen;
    when(chosen.is(nobody), () => give(nobody));
    orNew(chosen).members.put(0, memberOf(service.cache, chosen));
    return chosen;
  }),
};
