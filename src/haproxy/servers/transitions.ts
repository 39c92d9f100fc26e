import type { CheckState } from "../checks/check-state.js";
import { checkBit } from "../checks/check-status.js";
import { admin, state } from "./admin.js";
import { commit } from "./commit-state.js";
import { changeDrain } from "./drain-change.js";
import { field, number } from "./layout.js";
import { enterMaintenance, leaveMaintenance, remainInMaintenance } from "./maintenance-change.js";
import { changeOperational } from "./operational-change.js";
import type { ServerState } from "./server-state.js";
import { tellBackendDown } from "./tell.js";
import { recalculate } from "./weight.js";

/**
 * Applies what a server's next state, next administrative bits and next weight say: first the operational change, then the administrative
 * one, with their log lines (srv_update_status). Under the lock of states.
 */
export function update(server: ServerState): void {
  const { backend, memory } = server;
  const hadServers = backend.active + backend.backups > 0;
  const wasStopping = server.operational === state.stopping || (server.administrative & admin.drain) !== 0;
  const lostAll = () => {
    if (hadServers && backend.active + backend.backups === 0) tellBackendDown(backend);
  };
  if (!(server.administrative & admin.maint)) changeOperational(server, wasStopping, lostAll);
  memory.set(field.causeStatus, 0);
  memory.set(field.causeCode, -1);
  memory.setText("cause", "");
  memory.numbers[number.causeDuration] = 0;

  const was = server.administrative;
  const next = server.nextAdmin;
  if (!(was & admin.maint) && next & admin.maint) enterMaintenance(server, wasStopping, lostAll);
  else if (was & admin.maint && !(next & admin.maint)) leaveMaintenance(server, hadServers, lostAll);
  else if (next & admin.maint) remainInMaintenance(server);
  if (!(server.nextAdmin & admin.maint)) changeDrain(server, lostAll);
  memory.setText("adminCause", "");
}

/** Its first address was found at the start: it begins as if it had always been there, without a word. */
export function beginWork(server: ServerState): void {
  const { healthCheck: check } = server;
  server.nextAdmin &= ~admin.resolutionMaint;
  if (!(server.nextAdmin & admin.maint)) {
    server.nextState = state.running;
    check.flag(checkBit.paused, false);
    if (check.configured) check.health = check.rise;
  }
  recalculate(server);
  commit(server);
}

/** What caused an operational change: words, or a check's result. */
function setCause(server: ServerState, reason: string | undefined, check: CheckState | undefined): void {
  const { memory } = server;
  memory.setText("cause", reason ?? check?.description ?? "");
  memory.set(field.causeStatus, reason === undefined && check !== undefined ? check.statusCode + 1 : 0);
  if (reason === undefined && check !== undefined) {
    memory.set(field.causeCode, check.code);
    memory.numbers[number.causeDuration] = check.durationMs;
  }
}

/** Takes a server (and those that follow it) down, whatever its checks say; in maintenance nothing happens (srv_set_stopped). */
export function setStopped(server: ServerState, reason?: string, check?: CheckState): void {
  if (server.administrative & admin.maint || server.nextState === state.stopped) return;
  server.nextState = state.stopped;
  setCause(server, reason, check);
  update(server);
  for (const each of server.trackers) setStopped(each);
}

export function setRunning(server: ServerState, reason?: string, check?: CheckState): void {
  if (server.administrative & admin.maint) return;
  if (server.nextState === state.starting || server.nextState === state.running) return;
  server.nextState = server.section.slowstartMs > 0 ? state.starting : state.running;
  setCause(server, reason, check);
  update(server);
  for (const each of server.trackers) setRunning(each);
}

export function setStopping(server: ServerState, reason?: string, check?: CheckState): void {
  if (server.administrative & admin.maint || server.nextState === state.stopping) return;
  server.nextState = state.stopping;
  setCause(server, reason, check);
  update(server);
  for (const each of server.trackers) setStopping(each);
}

/** Sets one administrative bit; servers that follow inherit it. `cause` stands in the log line. */
export function setAdmin(server: ServerState, bit: number, cause?: string): void {
  if (server.nextAdmin & bit) return;
  server.nextAdmin |= bit;
  if (cause !== undefined) server.memory.setText("adminCause", cause);
  update(server);
  if (bit & admin.maint && server.nextAdmin & ~bit & admin.maint) return;
  if (bit & admin.drain && server.nextAdmin & ~bit & admin.drain) return;
  const inherited = bit & admin.maint ? admin.inheritedMaint : admin.inheritedDrain;
  for (const each of server.trackers) setAdmin(each, inherited, cause);
}

export function clearAdmin(server: ServerState, bit: number): void {
  if (!(server.nextAdmin & bit)) return;
  server.nextAdmin &= ~bit;
  update(server);
  if (bit & admin.maint && server.nextAdmin & admin.maint) return;
  if (bit & admin.drain && server.nextAdmin & admin.drain) return;
  const inherited = bit & admin.maint ? admin.inheritedMaint : admin.inheritedDrain;
  for (const each of server.trackers) clearAdmin(each, inherited);
}

export function setMaintenance(server: ServerState, cause?: string): void {
  setAdmin(server, admin.forcedMaint, cause);
  clearAdmin(server, admin.forcedDrain);
}

export function setDrain(server: ServerState, cause?: string): void {
  setAdmin(server, admin.forcedDrain, cause);
  clearAdmin(server, admin.forcedMaint);
}

export function setReady(server: ServerState): void {
  clearAdmin(server, admin.forcedDrain);
  clearAdmin(server, admin.forcedMaint);
}

/** What servers inherit at the start (srv_compute_all_admin_states). */
export function propagate(server: ServerState): void {
  if (server.nextAdmin & (admin.maint | admin.configMaint))
    for (const each of server.trackers) setAdmin(each, admin.inheritedMaint);
  if (server.nextAdmin & admin.drain)
    for (const each of server.trackers) setAdmin(each, admin.inheritedDrain);
}
