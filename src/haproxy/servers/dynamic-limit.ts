import { state } from "./admin.js";
import type { ServerState } from "./server-state.js";

/** How many connections it takes now: minconn to maxconn by the back end's load, and less while it starts slowly (srv_dynamic_maxconn). */
export function dynamicLimit(server: ServerState): number {
  const { backend, maxconn, minconn } = server;
  const load = backend.sessions.value;
  let limit = maxconn;
  if (load < backend.fullconn && minconn !== maxconn)
    limit = Math.max(minconn, Math.floor((load * maxconn) / backend.fullconn));
  const throttle = slowStartShare(server);
  return throttle === undefined ? limit : Math.max(1, Math.floor((limit * throttle) / 100));
}

/** Per cent of slow start that have passed, counted in whole seconds; undefined where it isn't starting. */
export function slowStartShare(server: ServerState): number | undefined {
  const slowstart = Math.ceil(server.section.slowstartMs / 1000);
  if (server.operational !== state.starting || slowstart === 0) return undefined;
  const since = Math.floor(Date.now() / 1000) - Math.floor(server.lastChange / 1000);
  return since >= 0 && since < slowstart ? Math.floor((100 * since) / slowstart) : undefined;
}
