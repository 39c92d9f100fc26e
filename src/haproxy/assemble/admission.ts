import type { Front } from "./front-run.js";
import type { ProcessLimits } from "./global-limits.js";
import type { ListenerPlan } from "./listener-plan.js";
import type { Listener } from "./listener-run.js";

/** How long nothing is taken when a limit was met, if nothing else says so, in milliseconds. */
export const lookAgain = 1000;

/** Whose limits hold a listener's connections. */
export interface Admitting {
  readonly plan: Pick<ListenerPlan, "bind">;
  readonly run: Listener;
  /** undefined: the runtime socket or peers, which no limit of the process holds. */
  readonly front: Front | undefined;
  /** Its connections are of TLS. */
  readonly tls: unknown;
}

/** Whether there is room for a connection, in listener, front end and process, and what is counted of those that were let in. */
export class Admission {
  readonly #parts: Admitting;
  readonly #limits: ProcessLimits;
  readonly #now: () => number;

  constructor(parts: Admitting, limits: ProcessLimits, now: () => number) {
    this.#parts = parts;
    this.#limits = limits;
    this.#now = now;
  }

  /** One more of listener, front end and process, or of none of them. */
  take(): boolean {
    const { run, front, plan } = this.#parts;
    if (!run.sessions.takeBelow(plan.bind.maxconn ?? 0)) return false;
    if (front === undefined) return true;
    if (front.sessions.takeBelow(front.maxconn)) {
      if (this.#limits.connections.takeBelow(this.#limits.maxconn)) return true;
      front.sessions.add(-1);
    }
    run.sessions.add(-1);
    return false;
  }

  /** The connection that was taken has ended. */
  release(): void {
    const { run, front } = this.#parts;
    run.sessions.add(-1);
    if (front) {
      front.sessions.add(-1);
      this.#limits.connections.add(-1);
    }
  }

  /** A connection that was taken is accepted. */
  count(): void {
    const { run, front, tls } = this.#parts;
    const now = this.#now();
    run.counters.atMost("sessionsMax", run.sessions.value);
    if (front) {
      front.counters.add("connections");
      front.counters.atMost("connectionRateMax", front.connectionRate.add(now));
      front.counters.atMost("sessionsMax", front.sessions.value);
      this.#limits.connectionEvents.add(now);
      this.#limits.sessionEvents.add(now);
      if (tls) this.#limits.tlsEvents.add(now);
    }
  }

  /** Its TLS handshake is done. */
  countTls(resumed: boolean): void {
    const { front } = this.#parts;
    if (front === undefined) return;
    const now = this.#now();
    front.counters.add("tlsSessions");
    front.tlsRate.add(now);
    if (resumed) front.counters.add("tlsReused");
    else front.tlsKeyRate.add(now);
  }

  /** How long no further connection may be accepted, in milliseconds; 0: there is room now. */
  wait(): number {
    const { run, front, plan, tls } = this.#parts;
    const limits = this.#limits;
    const { maxconn } = plan.bind;
    if (maxconn !== undefined && maxconn > 0 && run.sessions.value >= maxconn) return lookAgain;
    if (front === undefined) return 0;
    if (front.maxconn > 0 && front.sessions.value >= front.maxconn) return lookAgain;
    if (limits.connections.value >= limits.maxconn) return lookAgain;
    const now = this.#now();
    const over = (rate: { read(now: number): number }, limit: number) => limit > 0 && rate.read(now) >= limit;
    if (
      over(front.sessionRate, front.rateLimit) ||
      over(limits.connectionEvents, limits.connectionRate) ||
      over(limits.sessionEvents, limits.sessionRate) ||
      (tls !== undefined && over(limits.tlsEvents, limits.tlsRate))
    )
      return (
        1000 /
        Math.max(
          10,
          Math.min(
            ...[front.rateLimit, limits.connectionRate, limits.sessionRate].filter((each) => each > 0),
            1000,
          ),
        )
      );
    return 0;
  }
}
