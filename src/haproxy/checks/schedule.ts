import type { TlsClient } from "../../proxy/index.js";
import { processQueue } from "../queue/dequeue.js";
import type { ServerState } from "../servers/server-state.js";
import type { ServersRun } from "../servers/servers-run.js";
import { agentScript } from "./agent.js";
import { CheckAttempt } from "./attempt.js";
import type { CheckState } from "./check-state.js";
import { checkBit, checkResult } from "./check-status.js";
import { ExternalAttempt } from "./external.js";
import { makeScript } from "./make-script.js";
import { beginCheck, notifyResult, setCheckStatus } from "./result.js";
import type { Ending, Script } from "./steps.js";

/** Checks that come at least so seldom are spread over the smallest of their intervals (SRV_CHK_INTER_THRES). */
const SPREAD_FROM_MS = 1000;

/** When checks run: in the first thread, each with its own interval, begun spread over time (start_checks, process_chk). */
export class CheckSchedule {
  readonly #all: ServersRun;
  readonly #tasks = new Map<CheckState, CheckTask>();
  readonly #scripts = new Map<object, Script>();
  readonly #tls = new Map<ServerState, TlsClient>();

  constructor(all: ServersRun) {
    this.#all = all;
  }

  start(): void {
    const checks = [...this.#all.all()].flatMap(checksOf);
    const slow = checks.map((check) => check.interval).filter((ms) => ms >= SPREAD_FROM_MS);
    const least = slow.length === 0 ? 0 : Math.min(...slow);
    checks.forEach((check, place) => {
      this.#begin(check, least, place, checks.length);
    });
  }

  /** A server that was added while running: as HAProxy, its first check comes after its interval. */
  add(server: ServerState): void {
    for (const check of checksOf(server)) this.#begin(check, 0, 1, 1);
  }

  remove(server: ServerState): void {
    for (const check of checksOf(server)) {
      this.#tasks.get(check)?.stop();
      this.#tasks.delete(check);
    }
    this.#tls.delete(server);
  }

  stop(): void {
    for (const task of this.#tasks.values()) task.stop();
    this.#tasks.clear();
  }

  /** Its next check comes after fastinter, if that is sooner. */
  hurry(server: ServerState): void {
    const { fastInterMs } = server.section;
    if (fastInterMs !== undefined) this.#tasks.get(server.healthCheck)?.hurry(fastInterMs);
  }

  /** TLS towards a server, made once. */
  tlsOf(server: ServerState): TlsClient {
    const made = this.#tls.get(server) ?? this.#all.surroundings.engine.tlsClient(server.section);
    this.#tls.set(server, made);
    return made;
  }

  /** TLS settings were changed (`set server ssl`, certificates). */
  forgetTls(server: ServerState): void {
    this.#tls.delete(server);
  }

  scriptOf(check: CheckState): Script {
    if (check.agent) return agentScript;
    const { check: settings } = check.server.proxy.section;
    const made =
      this.#scripts.get(settings) ?? makeScript({ check: settings, compile: this.#all.surroundings.compile });
    this.#scripts.set(settings, made);
    return made;
  }

  #begin(check: CheckState, least: number, place: number, count: number): void {
    const { maxSpreadChecksMs } = this.#all.surroundings.config.global;
    let spread = Math.max(least, check.interval);
    if (maxSpreadChecksMs > 0) spread = Math.min(spread, maxSpreadChecksMs);
    const task = new CheckTask(this, check);
    this.#tasks.set(check, task);
    task.wait(Math.floor((spread * place) / count));
  }
}

function checksOf(server: ServerState): CheckState[] {
  const checks: CheckState[] = [];
  if (server.check !== undefined) checks.push(server.check);
  if (server.agent !== undefined) checks.push(server.agent);
  return checks;
}

/** One check: waits, runs, takes its result, waits. */
class CheckTask {
  readonly #schedule: CheckSchedule;
  readonly #check: CheckState;
  #stopTimer: (() => void) | undefined;
  #due = 0;
  #attempt: { start(): void; cancel(): void } | undefined;
  #stopped = false;

  constructor(schedule: CheckSchedule, check: CheckState) {
    this.#schedule = schedule;
    this.#check = check;
  }

  wait(ms: number): void {
    const { surroundings } = this.#check.server.all;
    this.#stopTimer?.();
    this.#due = surroundings.now() + ms;
    this.#stopTimer = surroundings.after(ms, () => this.#run());
  }

  hurry(ms: number): void {
    if (this.#attempt !== undefined || this.#stopped) return;
    if (this.#check.server.all.surroundings.now() + ms < this.#due) this.wait(ms);
  }

  stop(): void {
    this.#stopped = true;
    this.#stopTimer?.();
    this.#attempt?.cancel();
  }

  #run(): void {
    const check = this.#check;
    if (this.#stopped) return;
    const { server } = check;
    // In maintenance, switched off, or its proxy stopped: it is looked at again later.
    const on = (check.state & (checkBit.enabled | checkBit.paused)) === checkBit.enabled;
    if (!on || server.proxy.state === "stopped") {
      this.wait(check.interMs);
      return;
    }
    server.all.lock.hold(() => beginCheck(check));
    check.flag(checkBit.inProgress, true);
    const done = (ending: Ending | undefined) => this.#done(ending);
    const external = server.proxy.section.check.kind === "external" && !check.agent;
    this.#attempt = external
      ? new ExternalAttempt(check, done)
      : new CheckAttempt(check, this.#schedule.scriptOf(check), done);
    this.#attempt.start();
  }

  #done(ending: Ending | undefined): void {
    const check = this.#check;
    this.#attempt = undefined;
    if (this.#stopped) return;
    const { server } = check;
    server.all.lock.hold(() => {
      // Traffic may have said meanwhile that it is down (observe): then that is its result.
      if (ending !== undefined && check.result === checkResult.unknown) {
        if (ending.code !== undefined) check.code = ending.code;
        setCheckStatus(check, ending.status, ending.description);
      }
      notifyResult(check);
      check.flag(checkBit.inProgress, false);
    });
    processQueue(server);
    const { spreadChecks } = server.all.surroundings.config.global;
    const interval = check.interval;
    const spread = (interval * spreadChecks) / 100;
    this.wait(Math.max(1, Math.floor(interval + spread - 2 * spread * Math.random())));
  }
}
