import { lookAgain } from "./admission.js";
import type { ProcessLimits } from "./global-limits.js";
import { type ListenerParts, OpenListener } from "./open-listener.js";
import type { Wakeups } from "./wakeups.js";

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
