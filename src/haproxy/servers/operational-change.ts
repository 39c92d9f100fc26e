import { grabFromBackend, redistribute } from "../queue/dequeue.js";
import { state } from "./admin.js";
import { levels, title } from "./change-words.js";
import { commit } from "./commit-state.js";
import { addDowntime, endBackendDowntime } from "./downtime.js";
import { field } from "./layout.js";
import type { ServerState } from "./server-state.js";
import { shutdownBackups, shutdownStreams } from "./shutdown.js";
import { statusLine } from "./status-line.js";
import { tell } from "./tell.js";
import { recalculate } from "./weight.js";

/** A server went down, is stopping, or came up: what checks, tracking or an agent said. */
export function changeOperational(server: ServerState, wasStopping: boolean, lostAll: () => void): void {
  const { backend, memory } = server;
  const current = server.operational;
  const next = server.nextState;
  // Administrative changes come afterwards.
  const nextAdmin = server.nextAdmin;
  server.nextAdmin = server.administrative;
  if (current !== state.stopped && next === state.stopped) {
    server.lastChange = Date.now();
    commit(server);
    if (server.section.onMarkedDown === "shutdown-sessions") shutdownStreams(server, "down");
    const moved = redistribute(server);
    const line = `${title(server)} is DOWN${statusLine(server, undefined, moved, false)}`;
    const level = wasStopping ? levels.notice : levels.alert;
    tell(server, level, line);
    server.all.email(server, level, line);
    lostAll();
    server.counters.add("downTransitions");
  } else if (current !== state.stopping && next === state.stopping) {
    server.lastChange = Date.now();
    commit(server);
    const moved = redistribute(server);
    tell(server, levels.notice, `${title(server)} is stopping${statusLine(server, undefined, moved, false)}`);
    lostAll();
  } else if (
    (current !== state.running && next === state.running) ||
    (current !== state.starting && next === state.starting)
  ) {
    const now = Date.now();
    endBackendDowntime(server);
    if (current === state.stopped) addDowntime(server, now);
    server.lastChange = now;
    if (next === state.starting) server.all.warmUp(server);
    recalculate(server);
    commit(server);
    if (
      server.section.onMarkedUp === "shutdown-backup-sessions" &&
      !server.backup &&
      memory.get(field.nextEweight) > 0
    )
      shutdownBackups(backend, "up");
    const moved = grabFromBackend(server);
    const line = `${title(server)} is UP${statusLine(server, undefined, moved, false)}`;
    tell(server, levels.notice, line);
    server.all.email(server, levels.notice, line);
    lostAll();
  } else if (server.eweight !== memory.get(field.nextEweight)) {
    commit(server);
    lostAll();
  }
  server.nextAdmin = nextAdmin;
}
