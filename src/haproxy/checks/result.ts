import { admin, state } from "../servers/admin.js";
import { statusLine } from "../servers/status-line.js";
import { tell } from "../servers/tell.js";
import { setRunning, setStopped, setStopping } from "../servers/transitions.js";
import type { CheckState } from "./check-state.js";
import { checkResult, checkStatus, resultOf } from "./check-status.js";

/** A check begins. */
export function beginCheck(check: CheckState): void {
  check.result = checkResult.unknown;
  check.description = "";
  check.startedAt = performance.now();
}

/**
 * Takes a check's end into its health: a failure takes it down by one (below `rise` to 0), a success up by one (from `rise` on to the best).
 * With option log-health-checks what changed is told (set_server_check_status).
 */
export function setCheckStatus(check: CheckState, status: number, description: string | undefined): void {
  const { server } = check;
  const before = check.statusCode;
  check.description = (description ?? "").slice(0, 127);
  check.statusCode = status;
  const result = resultOf(status);
  if (result !== checkResult.unknown) check.result = result;
  if (status === checkStatus.HANA) check.durationMs = -1;
  else if (check.startedAt > 0) {
    check.durationMs = Math.floor(performance.now() - check.startedAt);
    check.startedAt = 0;
  }
  if (check.result === checkResult.neutral) return;
  let changed = false;
  if (check.result === checkResult.failed) {
    // An agent that can't be asked takes nothing down.
    if ((!check.agent || status >= checkStatus.L57DATA) && check.health > 0) {
      server.counters.add("failedChecks");
      changed = true;
      check.health = check.health - 1 < check.rise ? 0 : check.health - 1;
    }
  } else if (check.result >= checkResult.passed) {
    if (check.health < check.best) {
      changed = true;
      check.health = check.health + 1 >= check.rise ? check.best : check.health + 1;
    }
    server.consecutiveErrors = 0;
  }
  if (server.proxy.section.options.logHealthChecks && (status !== before || changed)) logCheck(check);
}

function logCheck(check: CheckState): void {
  const { server } = check;
  const up = check.health >= check.rise;
  const how = `${check.result === checkResult.conditional ? "conditionally " : ""}${check.result >= checkResult.passed ? "succeeded" : "failed"}`;
  const steps = up ? `${check.health - check.rise + 1}/${check.fall}` : `${check.health}/${check.rise}`;
  const is = up ? (server.weight > 0 ? "UP" : "DRAIN") : "DOWN";
  const line = `${check.agent ? "Agent" : "Health"} check for ${server.backup ? "backup " : ""}server ${server.path} ${how}${statusLine(server, check, undefined, false)}, status: ${steps} ${is}`;
  tell(server, 5, line);
  server.all.email(server, 6, line);
}

/** What the end of a check means for its server. */
export function notifyResult(check: CheckState): void {
  if (check.result === checkResult.failed) notifyFailure(check);
  else if (check.result === checkResult.conditional) notifyStopping(check);
  else if (check.result === checkResult.passed) notifySuccess(check);
}

/** Takes the server down when no health is left. Of an agent only "down", "stopped" and "fail" do. */
export function notifyFailure(check: CheckState): void {
  if (check.agent && check.statusCode !== checkStatus.L7STS) return;
  if (check.health > 0) return;
  setStopped(check.server, undefined, causeOf(check));
}

function notifySuccess(check: CheckState): void {
  const { server } = check;
  if (!othersAgree(check)) return;
  if (check.agent && server.nextState === state.stopping) return;
  setRunning(server, undefined, causeOf(check));
}

function notifyStopping(check: CheckState): void {
  if (check.agent || !othersAgree(check)) return;
  setStopping(check.server, undefined, causeOf(check));
}

/** A server is up if its check, its agent and the server that it follows all say so. */
function othersAgree(check: CheckState): boolean {
  const { server } = check;
  const { healthCheck, agentCheck, track } = server;
  if (server.nextAdmin & admin.maint) return false;
  if (track !== undefined && track.nextState === state.stopped) return false;
  if (healthCheck.enabled && healthCheck.health < healthCheck.rise) return false;
  return !(agentCheck.enabled && agentCheck.health < agentCheck.rise);
}

/** The reason isn't told again where the check's own line told it. */
function causeOf(check: CheckState): CheckState | undefined {
  const { server } = check;
  return server.track === undefined && !server.proxy.section.options.logHealthChecks ? check : undefined;
}
