import { checkBit } from "../checks/check-status.js";
import { grabFromBackend, redistribute } from "../queue/dequeue.js";
import { admin, state } from "./admin.js";
import { because, levels, title } from "./change-words.js";
import { commit } from "./commit-state.js";
import { field } from "./layout.js";
import type { ServerState } from "./server-state.js";
import { shutdownBackups, shutdownStreams } from "./shutdown.js";
import { statusLine } from "./status-line.js";
import { tell } from "./tell.js";
import { recalculate } from "./weight.js";

/** Nothing is sent to it any more, and it isn't checked. */
export function enterMaintenance(server: ServerState, wasStopping: boolean, lostAll: () => void): void {
  const { healthCheck: check } = server;
  if (check.enabled) {
    check.flag(checkBit.paused, true);
    check.health = 0;
  }
  const forced = (server.nextAdmin & admin.forcedMaint) !== 0;
  if (server.operational === state.stopped) {
    const line = `${title(server)} was DOWN and now enters maintenance${because(server)}${statusLine(server, undefined, undefined, forced)}`;
    if (!server.all.surroundings.starting) tell(server, levels.notice, line);
    server.memory.set(field.admin, server.nextAdmin);
    return;
  }
  check.health = 0;
  server.lastChange = Date.now();
  server.nextState = state.stopped;
  commit(server);
  if (server.section.onMarkedDown === "shutdown-sessions") shutdownStreams(server, "down");
  server.all.closeIdle(server);
  const moved = redistribute(server);
  const line = `${title(server)} is going DOWN for maintenance${because(server)}${statusLine(server, undefined, moved, forced)}`;
  if (!server.all.surroundings.starting) tell(server, wasStopping ? levels.notice : levels.alert, line);
  lostAll();
  server.counters.add("downTransitions");
}

/** It comes back at once unless its checks, or the server that it follows, say that it is down. */
export function leaveMaintenance(server: ServerState, hadServers: boolean, lostAll: () => void): void {
  const { healthCheck: check, agentCheck: agent, track, backend } = server;
  if (check.enabled) {
    check.flag(checkBit.paused, false);
    check.health = check.rise; // begins up, but is checked at once
  }
  if (
    (track === undefined || track.nextState !== state.stopped) &&
    (!agent.enabled || agent.health >= agent.rise) &&
    (!check.enabled || check.health >= check.rise)
  ) {
    if (track !== undefined && track.nextState === state.stopping) server.nextState = state.stopping;
    else {
      server.lastChange = Date.now();
      if (server.section.slowstartMs > 0) {
        server.nextState = state.starting;
        server.all.warmUp(server);
      } else server.nextState = state.running;
    }
  }
  const left = server.administrative & ~server.nextAdmin;
  const now = `${server.nextState === state.stopped ? "DOWN" : "UP"}/${server.nextAdmin & admin.drain ? "DRAIN" : "READY"}`;
  let line = "";
  if (left & admin.forcedMaint) line = `${title(server)} is ${now} (leaving forced maintenance)`;
  if (left & admin.resolutionMaint)
    line = `${title(server)} ('${server.fqdn ?? ""}') is ${now} (resolves again)`;
  if (left & admin.inheritedMaint) line = `${title(server)} is ${now} (leaving maintenance)`;
  tell(server, levels.notice, line);
  recalculate(server);
  commit(server);
  lostAll();
  if (!hadServers && backend.active + backend.backups > 0) backend.proxy.lastChange = Date.now();
  if (
    server.section.onMarkedUp === "shutdown-backup-sessions" &&
    !server.backup &&
    server.memory.get(field.nextEweight) > 0
  )
    shutdownBackups(backend, "up");
  grabFromBackend(server);
}

/** One of the reasons for its maintenance is gone, another one is left. */
export function remainInMaintenance(server: ServerState): void {
  const left = server.administrative & ~server.nextAdmin;
  const via = server.track === undefined ? "" : ` via ${server.track.path}`;
  if (left & admin.forcedMaint)
    tell(
      server,
      levels.notice,
      `${title(server)} is leaving forced maintenance but remains in maintenance${via}`,
    );
  if (left & admin.resolutionMaint)
    tell(
      server,
      levels.notice,
      `${title(server)} ('${server.fqdn ?? ""}') resolves again but remains in maintenance${via}`,
    );
  else if (left & admin.inheritedMaint)
    tell(server, levels.notice, `${title(server)} remains in forced maintenance`);
  server.memory.set(field.admin, server.nextAdmin);
}
