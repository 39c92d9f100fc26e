import { choose, give, pointer, subprogram, u32 } from "../../asm/index.js";
import { listHead, Service } from "./layout.js";
import { nobody, Request, xdpSchedulers } from "./schedulers/index.js";
import { word } from "./schedulers/list.js";

export { nobody, Request };

/**
 * Chooses the server for a new connection, in the order and with the arithmetic of the kernel's schedulers
 * (net/netfilter/ipvs/ip_vs_rr.c and so on); gives its index, or {@link nobody} if none can take it. A list names the
 * scheduler that it was written for, so that one store changes both.
 */
export const schedule = subprogram(
  "schedule",
  [pointer(Service), pointer(Request)],
  u32,
  (service, request) => {
    const list = service.list;
    const cases = xdpSchedulers.map(
      (scheduler) => [scheduler.id, () => give(scheduler.choose(service, request, list))] as const,
    );
    choose(word(list.add(listHead.scheduler)), new Map(cases));
    return nobody;
  },
);
