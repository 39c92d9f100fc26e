import type koffi from "koffi";
import { foreign } from "./foreign.js";

/**
 * Has Node's event loop watch an epoll descriptor: `work` is called in the turn in which it is readable, again as long as it stays so.
 *
 * Not from koffi's callback itself: Node knows nothing of that call, and what it leaves to microtasks and process.nextTick would run at the end
 * of whatever callback comes next, be it within OpenSSL's while TLS reads, where a write to the same connection is lost. An immediate comes in the
 * same turn, and all that it leaves is done before the next callback.
 *
 * koffi.node.poll ends the process when it is given a bad, regular or duplicate descriptor: this is the only place that calls it.
 */
export class EpollWatch {
  readonly #poll: ReturnType<typeof koffi.node.poll>;
  #immediate: NodeJS.Immediate | undefined;

  constructor(epoll: number, work: () => void) {
    const run = () => {
      this.#immediate = undefined;
      work();
    };
    this.#poll = foreign().node.poll(epoll, { readable: true }, () => {
      this.#immediate ??= setImmediate(run);
    });
    this.#poll.unref();
  }

  /** It keeps the process alive; at first it doesn't. */
  ref(): void {
    this.#poll.ref();
  }

  unref(): void {
    this.#poll.unref();
  }

  /** `work` isn't called any more. */
  close(): void {
    clearImmediate(this.#immediate);
    this.#poll.close();
  }
}
