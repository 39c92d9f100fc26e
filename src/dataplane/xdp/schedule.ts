import { choose, constant32, type U32, variable } from "../../asm/index.js";
import { listHead } from "./layout.js";
import { nobody, Request, type RequestView, type ServiceView, xdpSchedulers } from "./schedulers/index.js";
import { word } from "./schedulers/list.js";
import type { Tracer } from "./trace-program.js";

export { nobody, Request };

/** A service's number, for a program that tells how its scheduler chooses. */
interface TracedService {
  readonly trace: Tracer;
  readonly number: U32;
}

/**
 * Chooses the server for a new connection, in the order and with the arithmetic of the kernel's schedulers
 * (net/netfilter/ipvs/ip_vs_rr.c and so on); gives its index, or {@link nobody} if none can take it. A list names the
 * scheduler that it was written for, so that one store changes both. No subprogram of its own: it would cost 32 bytes of the
 * stack that all have together.
 */
export function schedule(service: ServiceView, request: RequestView, traced?: TracedService): U32 {
  if (traced) return traced.trace.choice(traced.number, request, () => schedule(service, request));
  const list = service.list;
  const chosen = variable(constant32(nobody));
  const cases = xdpSchedulers.map(
    (scheduler) => [scheduler.id, () => chosen.set(scheduler.choose(service, request, list))] as const,
  );
  choose(word(list.add(listHead.scheduler)), new Map(cases));
  return chosen.value;
}
