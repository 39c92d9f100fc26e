import { field } from "./layout.js";
import type { ServerState } from "./server-state.js";

/** Takes what comes next into what is: balancing sees it from now on (srv_lb_commit_status and the lb's own functions). */
export function commit(server: ServerState): void {
  const { memory, backend } = server;
  backend.lock.hold(() => {
    const before = { usable: server.usable, eweight: server.eweight };
    memory.set(field.state, server.nextState);
    memory.set(field.admin, server.nextAdmin);
    memory.set(field.eweight, memory.get(field.nextEweight));
    backend.recount();
    if (before.usable !== server.usable || before.eweight !== server.eweight)
      backend.algorithm.changed(server, before);
  });
}
