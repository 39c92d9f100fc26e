import { type Endpoint, listen, type TlsServer, type Wire, type WireListener } from "../../proxy/index.js";
import type { ConnectionHandler } from "../run/index.js";
import { Admission, type Admitting, lookAgain } from "./admission.js";
import type { ProcessLimits } from "./global-limits.js";
import type { ListenerPlan } from "./listener-plan.js";

/** What a listener is opened with. */
export interface ListenerParts extends Admitting {
  readonly plan: ListenerPlan;
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

/** A listener's socket, and connections that were accepted from it and have no place yet. */
export class OpenListener {
  readonly parts: ListenerParts;
  readonly #admission: Admission;
  readonly #released: () => void;
  readonly #waiting: Waiting[] = [];
  /** Accepted, and in a handshake; of these nothing was taken. */
  #overdue = 0;
  #listener: WireListener | undefined;
  #held = false;
  onLimited: (forMs: number) => void = () => {};

  constructor(parts: ListenerParts, limits: ProcessLimits, now: () => number, released: () => void) {
    this.parts = parts;
    this.#admission = new Admission(parts, limits, now);
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
      if (!this.#admission.take()) return lookAgain;
      const { wire, acceptedAt } = this.#waiting.shift()!;
      this.#give(wire, acceptedAt);
    }
    if (this.#held || this.#listener === undefined || run.state === "open") return 0;
    const wait = this.#admission.wait();
    if (wait > 0) return wait;
    run.state = "open";
    this.#listener.resume();
    return 0;
  }

  #accept(source: Endpoint, destination: Endpoint): boolean {
    const { run, handler } = this.parts;
    if (!this.#admission.take()) {
      this.#pause();
      this.#overdue++;
      return true;
    }
    this.#admission.count();
    if (this.#admission.wait() > 0) this.#pause();
    if (handler.onAccept === undefined || handler.onAccept(run, source, destination)) return true;
    this.#release();
    return false;
  }

  #onWire(wire: Wire, acceptedAt: number): void {
    const { tls } = wire.info;
    if (tls !== undefined) this.#admission.countTls(tls.resumed);
    if (this.#overdue === 0) {
      this.#give(wire, acceptedAt);
      return;
    }
    // Which of those that were accepted had no place doesn't matter: so many wait, and the first come is the first served.
    this.#overdue--;
    this.#waiting.push({ wire, acceptedAt });
    this.onLimited(lookAgain);
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

  #pause(): void {
    const { run, plan } = this.parts;
    if (run.state !== "open") return;
    const { maxconn } = plan.bind;
    run.state = maxconn !== undefined && run.sessions.value >= maxconn ? "full" : "waiting";
    this.#listener?.pause();
    this.onLimited(this.#admission.wait());
  }

  #release(): void {
    this.#admission.release();
    this.#released();
  }
}
