import { type Endpoint, listen, type TlsServer, type Wire, type WireListener } from "../../proxy/index.js";
import type { ConnectionHandler } from "../run/index.js";
import type { Front } from "./front-run.js";
import type { ProcessLimits } from "./global-limits.js";
import type { ListenerPlan } from "./listener-plan.js";
import type { Listener } from "./listener-run.js";
import type { Wakeups } from "./wakeups.js";

/** What a listener is opened with. */
export interface ListenerParts {
  readonly plan: ListenerPlan;
  readonly run: Listener;
  /** undefined: the runtime socket or peers, which no limit of the process holds. */
  readonly front: Front | undefined;
  readonly handler: ConnectionHandler;
  /** A socket that listens; undefined where only Node can make one. It is the listener's own from now on. */
  readonly fd: number | undefined;
  readonly tls: TlsServer | undefined;
  readonly acceptProxy: boolean;
  readonly handshakeTimeoutMs: number;
}

interface Waiting {
  readonly wire: Wire;
  readonly acceptedAt: number;
}

/** How long nothing is taken when a limit was met, if nothing else says so, in milliseconds. */
const lookAgain = 1000;

/**
 * Takes connections within the limits of listener, front end and process. Where one is met the listener stops accepting, and connections
 * wait in the kernel; the next that ends lets one in. Of several threads one may have accepted a connection too many: it waits unread.
 */
export class Acceptor {
  readonly #limits: ProcessLimits;
  readonly #wakeups: Wakeups;
  readonly #now: () => number;
  readonly #open = new Set<OpenListener>();
  /** Closed, with connections that were accepted before and wait for a place. */
  readonly #leaving = new Set<OpenListener>();
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: ProcessLimits, wakeups: Wakeups, now: () => number) {
    this.#limits = limits;
    this.#wakeups = wakeups;
    this.#now = now;
    wakeups.onWake(() => this.#lookAgain());
  }

  async open(parts: ListenerParts): Promise<OpenListener> {
    const listener = new OpenListener(parts, this.#limits, this.#now, () => this.#released());
    await listener.begin();
    this.#open.add(listener);
    listener.onLimited = (forMs) => {
      // A handshake may end after the listener was closed.
      if (!this.#open.has(listener)) this.#leaving.add(listener);
      this.#limited(forMs);
    };
    return listener;
  }

  get listeners(): ReadonlySet<OpenListener> {
    return this.#open;
  }

  close(listener: OpenListener): void {
    listener.close();
    this.#open.delete(listener);
    if (listener.goOn() > 0) {
      this.#leaving.add(listener);
      this.#limited(lookAgain);
    }
  }

  closeAll(): void {
    for (const listener of [...this.#open]) this.close(listener);
    if (this.#leaving.size === 0) clearTimeout(this.#timer);
  }

  #limited(forMs: number): void {
    this.#wakeups.waits = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lookAgain(), Math.max(1, Math.min(forMs, lookAgain)));
    this.#timer.unref();
  }

  #released(): void {
    if (this.#wakeups.waits) this.#lookAgain();
    this.#wakeups.wakeOthers();
  }

  #lookAgain(): void {
    let soonest = 0;
    for (const listener of this.#open) soonest = Math.max(soonest, listener.goOn());
    for (const listener of this.#leaving) {
      const wait = listener.goOn();
      if (wait > 0) soonest = Math.max(soonest, wait);
      else this.#leaving.delete(listener);
    }
    this.#wakeups.waits = soonest > 0;
    if (soonest > 0) this.#limited(soonest);
  }
}

export class OpenListener {
  readonly parts: ListenerParts;
  readonly #limits: ProcessLimits;
  readonly #now: () => number;
  readonly #released: () => void;
  readonly #waiting: Waiting[] = [];
  /** Accepted, and in a handshake; of these nothing was taken. */
  #overdue = 0;
  #listener: WireListener | undefined;
  #held = false;
  onLimited: (forMs: number) => void = () => {};

  constructor(parts: ListenerParts, limits: ProcessLimits, now: () => number, released: () => void) {
    this.parts = parts;
    this.#limits = limits;
    this.#now = now;
    this.#released = released;
  }

  async begin(): Promise<void> {
    const { plan, run, handler, fd, tls, acceptProxy, handshakeTimeoutMs } = this.parts;
    const { address } = plan.bind;
    const where =
      fd !== undefined
        ? { fd }
        : address.kind === "inet"
          ? { ...(address.host !== "" && { host: address.host }), port: plan.port ?? 0 }
          : { path: "path" in address ? address.path : "" };
    this.#listener = await listen(
      {
        ...where,
        backlog: plan.backlog,
        handshakeTimeoutMs,
        ...(tls && { tls }),
        ...(acceptProxy
          ? { acceptProxy: true }
          : handler.expectsProxy && {
              acceptProxy: (source: Endpoint) => handler.expectsProxy!(run, source),
            }),
      },
      {
        onAccept: (source, destination) => this.#accept(source, destination),
        onWire: (wire, acceptedAt) => this.#onWire(wire, acceptedAt),
        onHandshakeFailed: (info, code, message, acceptedAt) => {
          if (this.#overdue > 0) this.#overdue--;
          else this.#release();
          handler.onHandshakeFailed?.(run, info, code, message, acceptedAt);
        },
      },
    );
    run.addresses = this.#listener.addresses;
    run.state = "open";
  }

  /** No connection is accepted until `release`: a paused front end, SIGTTOU. */
  hold(): void {
    this.#held = true;
    this.#listener?.pause();
    if (this.parts.run.state !== "closed") this.parts.run.state = "waiting";
  }

  release(): void {
    this.#held = false;
    this.goOn();
  }

  close(): void {
    this.#listener?.close();
    this.#listener = undefined;
    this.parts.run.state = "closed";
  }

  /** Takes what waits and accepts again, as far as there is room. How long to wait for more, in milliseconds; 0: it is open. */
  goOn(): number {
    const { run } = this.parts;
    while (this.#waiting.length > 0) {
      if (!this.#take()) return lookAgain;
      const { wire, acceptedAt } = this.#waiting.shift()!;
      this.#give(wire, acceptedAt);
    }
    if (this.#held || this.#listener === undefined || run.state === "open") return 0;
    const wait = this.#wait();
    if (wait > 0) return wait;
    run.state = "open";
    this.#listener.resume();
    return 0;
  }

  #accept(source: Endpoint, destination: Endpoint): boolean {
    const { run, front, handler, tls } = this.parts;
    const now = this.#now();
    if (!this.#take()) {
      this.#pause();
      this.#overdue++;
      return true;
    }
    run.counters.atMost("sessionsMax", run.sessions.value);
    if (front) {
      front.counters.add("connections");
      front.counters.atMost("connectionRateMax", front.connectionRate.add(now));
      front.counters.atMost("sessionsMax", front.sessions.value);
      this.#limits.connectionEvents.add(now);
      this.#limits.sessionEvents.add(now);
      if (tls) this.#limits.tlsEvents.add(now);
    }
    if (this.#wait() > 0) this.#pause();
    if (handler.onAccept === undefined || handler.onAccept(run, source, destination)) return true;
    this.#release();
    return false;
  }

  #onWire(wire: Wire, acceptedAt: number): void {
    const { tls } = wire.info;
    if (tls !== undefined) this.#countTls(tls.resumed);
    if (this.#overdue === 0) {
      this.#give(wire, acceptedAt);
      return;
    }
    // Which of those that were accepted had no place doesn't matter: so many wait, and the first come is the first served.
    this.#overdue--;
    this.#waiting.push({ wire, acceptedAt });
    this.onLimited(lookAgain);
  }

  #countTls(resumed: boolean): void {
    const { front } = this.parts;
    if (front === undefined) return;
    const now = this.#now();
    front.counters.add("tlsSessions");
    front.tlsRate.add(now);
    if (resumed) front.counters.add("tlsReused");
    else front.tlsKeyRate.add(now);
  }

  #give(wire: Wire, acceptedAt: number): void {
    const { handler, run } = this.parts;
    let open = true;
    handler.onWire(run, wire, acceptedAt, () => {
      if (!open) return;
      open = false;
      this.#release();
    });
  }

  /** One more of listener, front end and process, or of none of them. */
  #take(): boolean {
    const { run, front, plan } = this.parts;
    if (!run.sessions.takeBelow(plan.bind.maxconn ?? 0)) return false;
    if (front === undefined) return true;
    if (front.sessions.takeBelow(front.maxconn)) {
      if (this.#limits.connections.takeBelow(this.#limits.maxconn)) return true;
      front.sessions.add(-1);
    }
    run.sessions.add(-1);
    return false;
  }

  #release(): void {
    const { run, front } = this.parts;
    run.sessions.add(-1);
    if (front) {
      front.sessions.add(-1);
      this.#limits.connections.add(-1);
    }
    this.#released();
  }

  #pause(): void {
    const { run, plan } = this.parts;
    if (run.state !== "open") return;
    const { maxconn } = plan.bind;
    run.state = maxconn !== undefined && run.sessions.value >= maxconn ? "full" : "waiting";
    this.#listener?.pause();
    this.onLimited(this.#wait());
  }

  /** How long no further connection may be accepted, in milliseconds; 0: there is room now. */
  #wait(): number {
    const { run, front, plan, tls } = this.parts;
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
