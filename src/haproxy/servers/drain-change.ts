import { redistribute } from "../queue/dequeue.js";
import { admin, state } from "./admin.js";
import { because, levels, title } from "./change-words.js";
import { commit } from "./commit-state.js";
import { addDowntime, endBackendDowntime } from "./downtime.js";
import { field } from "./layout.js";
import type { ServerState } from "./server-state.js";
import { statusLine } from "./status-line.js";
import { tell } from "./tell.js";
import { recalculate } from "./weight.js";

/** It takes no new clients any more, or takes them again; those that persist to it stay. */
export function changeDrain(server: ServerState, lostAll: () => void): void {
  const { memory } = server;
  const was = server.administrative & admin.drain;
  const next = server.nextAdmin & admin.drain;
  if (!was && next) {
    server.lastChange = Date.now();
    commit(server);
    const moved = redistribute(server);
    const forced = (server.nextAdmin & admin.forcedDrain) !== 0;
    const line = `${title(server)} enters drain state${because(server)}${statusLine(server, undefined, moved, forced)}`;
    if (!server.all.surroundings.starting) {
      tell(server, levels.notice, line);
      server.all.email(server, levels.notice, line);
    }
    lostAll();
  } else if (was && !next) {
    const now = Date.now();
    endBackendDowntime(server);
    addDowntime(server, now);
    server.lastChange = now;
    recalculate(server);
    const is = server.nextState === state.stopped ? "DOWN" : "UP";
    tell(server, levels.notice, `${title(server)} is ${is} (leaving forced drain)`);
    commit(server);
  } else if (next) {
    // One of the two reasons for it may have gone. HAProxy tells it whenever anything of a drained server is looked at.
    const via = server.track === undefined ? "" : ` via ${server.track.path}`;
    tell(
      server,
      levels.notice,
      server.nextAdmin & admin.forcedDrain
        ? `${title(server)} remains in forced drain mode`
        : `${title(server)} is leaving forced drain but remains in drain mode${via}`,
    );
    memory.set(field.admin, server.nextAdmin);
  }
}
