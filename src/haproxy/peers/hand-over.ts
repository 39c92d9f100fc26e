import type { Peer } from "./peer.js";
import { resyncMs } from "./resync.js";
import { status } from "./status.js";

/** How soon the new process is called again, milliseconds. */
export const callAgainMs = 200;

/** After these the new process may be there yet: it was connected and broke off, or isn't ready. Else nobody is there. */
const again: readonly number[] = [status.none, status.success, status.connected, status.tryAgain];

/** The end of a section: the new process, at the local peer's own address, is found and taught. */
export class HandOver {
  readonly local: Peer;
  readonly ended: Promise<void>;
  /** When nobody has been found by then who wants to be taught, nobody is. */
  readonly #until: number;
  #end!: () => void;

  constructor(local: Peer, now: number) {
    this.local = local;
    local.statusCode = status.none;
    this.#until = now + 2 * resyncMs;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** What is to be done while there is no connection. */
  next(now: number): "call" | "end" | "wait" {
    const { statusCode, reconnectAt } = this.local;
    if (!again.includes(statusCode) || now >= this.#until) return "end";
    return statusCode === status.none || now >= reconnectAt ? "call" : "wait";
  }

  end(): void {
    this.#end();
  }
}
