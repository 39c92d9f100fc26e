import { LazyTimer, type Wire, type WireHandler } from "../../proxy/index.js";
import { inert } from "./close.js";

export interface RelaySettings {
  /** Nothing came or went for so long: it ends. 0: never. */
  readonly timeoutMs: number;
  /** A side that has ended still receives. */
  readonly halfClose: boolean;
  /** Bytes a second, from the client and to it; 0: no limit. */
  readonly uploadRate: number;
  readonly downloadRate: number;
}

export interface RelayHandler {
  /** So many bytes came from a side, and are given to the other. */
  onBytes(from: "client" | "upstream", count: number): void;
  /** Both wires are still open, unless they closed themselves. */
  onDone(by: "client" | "upstream" | "timeout"): void;
}

/**
 * Passes bytes between client and server as nginx does: when one side has ended, and the other has taken what there was, both are done, unless
 * half closing is asked for; how fast it goes can be limited; a time limit runs while nothing does.
 */
export class StreamRelay {
  readonly #settings: RelaySettings;
  readonly #handler: RelayHandler;
  readonly #up: Direction;
  readonly #down: Direction;
  readonly #timer: LazyTimer;
  #done = false;

  constructor(client: Wire, upstream: Wire, settings: RelaySettings, handler: RelayHandler) {
    this.#settings = settings;
    this.#handler = handler;
    this.#timer = new LazyTimer(() => this.#finish("timeout"));
    this.#up = new Direction("client", client, upstream, settings.uploadRate, this);
    this.#down = new Direction("upstream", upstream, client, settings.downloadRate, this);
    client.handler = this.#handlerOf(this.#up, this.#down);
    upstream.handler = this.#handlerOf(this.#down, this.#up);
  }

  /** Begins; `first` was read of the client before. */
  start(first: Uint8Array | undefined): void {
    if (first !== undefined && first.length > 0) this.#up.give(first);
    this.moved();
    // One may be closed by now: then its `onClose` came to who had it before.
    for (const each of [this.#up, this.#down]) if (each.source.destroyed) queueMicrotask(() => each.end());
    this.#up.resume();
    this.#down.resume();
  }

  /** No more of it: the wires aren't its own any longer. */
  stop(): void {
    this.#done = true;
    this.#timer.clear();
    for (const each of [this.#up, this.#down]) each.stop();
  }

  #handlerOf(from: Direction, to: Direction): WireHandler {
    return {
      onData: (bytes) => from.take(bytes),
      onEnd: () => from.end(),
      onClose: () => from.end(),
      onDrain: () => {
        to.resume();
        this.moved();
        this.test(to);
      },
    };
  }

  /** @internal Something came or went. */
  moved(): void {
    if (this.#up.delayed || this.#down.delayed) this.#timer.stop();
    else this.#timer.after(this.#settings.timeoutMs);
  }

  /** @internal */
  came(from: "client" | "upstream", count: number): void {
    this.#handler.onBytes(from, count);
    this.moved();
  }

  /** @internal Whether it is over, seen from a direction whose source ended or whose sink has taken all. */
  test(direction: Direction): void {
    if (this.#done || !direction.ended || !direction.flushed) return;
    if (!this.#settings.halfClose) this.#finish(direction.from);
    else if (this.#up.ended && this.#down.ended) {
      if (this.#up.flushed && this.#down.flushed) this.#finish(direction.from);
    } else direction.passEnd();
  }

  #finish(by: "client" | "upstream" | "timeout"): void {
    if (this.#done) return;
    this.stop();
    this.#handler.onDone(by);
  }
}

/** What goes from one side to the other. */
class Direction {
  readonly from: "client" | "upstream";
  readonly source: Wire;
  readonly #sink: Wire;
  readonly #rate: number;
  readonly #relay: StreamRelay;
  readonly #began = Math.floor(Date.now() / 1000);
  #received = 0;
  #timer: NodeJS.Timeout | undefined;
  ended = false;
  delayed = false;

  constructor(from: "client" | "upstream", source: Wire, sink: Wire, rate: number, owner: StreamRelay) {
    this.from = from;
    this.source = source;
    this.#sink = sink;
    this.#rate = rate;
    this.#relay = owner;
  }

  get flushed(): boolean {
    return this.#sink.destroyed || this.#sink.pendingBytes === 0;
  }

  give(bytes: Uint8Array): void {
    if (!this.#sink.write(bytes)) this.source.pause();
  }

  take(bytes: Buffer): void {
    const room = this.#room();
    const taken = room < bytes.length ? bytes.subarray(0, Math.max(0, room)) : bytes;
    if (taken.length < bytes.length) {
      this.source.pause();
      this.source.unshift(bytes.subarray(taken.length));
    }
    if (taken.length > 0) {
      this.#received += taken.length;
      this.give(taken);
    }
    if (this.#rate > 0)
      this.#delay(room <= 0 ? (-room * 1000) / this.#rate + 1 : (taken.length * 1000) / this.#rate);
    if (taken.length > 0) this.#relay.came(this.from, taken.length);
  }

  /** How much may be taken now: what the seconds that have begun allow for. */
  #room(): number {
    if (this.#rate === 0) return Number.POSITIVE_INFINITY;
    const seconds = Math.floor(Date.now() / 1000) - this.#began + 1;
    return this.#rate * seconds - this.#received;
  }

  #delay(ms: number): void {
    if (Math.floor(ms) <= 0) return;
    this.source.pause();
    this.delayed = true;
    this.#timer = setTimeout(() => {
      this.delayed = false;
      this.resume();
      this.#relay.moved();
    }, Math.floor(ms));
  }

  /** Reads on, unless something keeps it from that. */
  resume(): void {
    if (!this.ended && !this.delayed && this.flushed) this.source.resume();
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.#relay.test(this);
  }

  passEnd(): void {
    this.#sink.end();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.source.pause();
    this.source.handler = inert;
  }
}
