import type { BackendState } from "./backend-state.js";
import type { ServerState } from "./server-state.js";
import { logOf } from "./surroundings.js";

/** Tells of a server's change: on stderr, and in the log of its proxy at a syslog level. */
export function tell(server: ServerState, level: number, line: string): void {
  const { surroundings, lock } = server.all;
  const { targets, tag } = logOf(surroundings, server.proxy);
  lock.afterwards(() => {
    surroundings.report("warning", `${line}.`);
    surroundings.log.send(targets, level, tag, `${line}.`);
  });
}

/** A back end has lost its last server (set_backend_down). */
export function tellBackendDown(backend: BackendState): void {
  const { surroundings } = backend;
  backend.proxy.lastChange = Date.now();
  backend.counters.add("downTransitions");
  if (surroundings.starting) return;
  const { section } = backend.proxy;
  const kind = section.frontend ? "proxy" : "backend";
  const { targets, tag } = logOf(surroundings, backend.proxy);
  backend.all.lock.afterwards(() => {
    surroundings.report("alert", `${kind} '${backend.name}' has no server available!`);
    surroundings.log.send(targets, 0, tag, `${kind} ${backend.name} has no server available!`);
  });
}
