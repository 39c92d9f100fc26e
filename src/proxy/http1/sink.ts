import type { BodySink } from "../http/exchange.js";
import type { Headers } from "../http/headers.js";
import type { BodyLength } from "../http/message.js";
import { corkUntilFlush } from "../wire/flush.js";
import type { Wire } from "../wire/wire.js";
import { trailerFields } from "./write-head.js";

function ignore(): void {}

/** A body that goes out over HTTP/1: puts the framing on. */
export class Http1Sink implements BodySink {
  onDrain: () => void = ignore;
  /** All has been given to the wire. */
  ended = false;
  /** Less was given than was said: the connection can't be used any more. */
  short = false;
  readonly #wire: Wire;
  readonly #length: BodyLength;
  #left: number;
  readonly #onEnded: (sink: Http1Sink) => void;

  /** @param length 0 where it takes nothing: HEAD, 204, 304. `onEnded` is called by `end`. */
  constructor(wire: Wire, length: BodyLength, onEnded: (sink: Http1Sink) => void) {
    this.#wire = wire;
    this.#length = length;
    this.#left = typeof length === "number" ? length : 0;
    this.#onEnded = onEnded;
  }

  /** The connection's end is the body's. */
  get endsByFin(): boolean {
    return this.#length === "close";
  }

  write(bytes: Uint8Array): boolean {
    const wire = this.#wire;
    if (this.ended || wire.destroyed || bytes.length === 0) return true;
    if (this.#length === "close") return wire.write(bytes);
    if (this.#length === "chunked") {
      corkUntilFlush(wire);
      wire.write(`${bytes.length.toString(16)}\r\n`);
      // What is held back until the flush is always taken: that says nothing of what went before.
      const isTaken = wire.write(bytes);
      return wire.write("\r\n") && isTaken;
    }
    if (bytes.length > this.#left) {
      if (this.#left === 0) return true;
      const part = bytes.subarray(0, this.#left); // never more than was said: it would be read as another message
      this.#left = 0;
      return wire.write(part);
    }
    this.#left -= bytes.length;
    return wire.write(bytes);
  }

  end(trailers?: Headers): void {
    if (this.ended) return;
    this.ended = true;
    const wire = this.#wire;
    if (this.#left > 0) this.short = true;
    else if (this.#length === "chunked" && !wire.destroyed)
      wire.write(trailers === undefined ? "0\r\n\r\n" : `0\r\n${trailerFields(trailers)}`);
    this.#onEnded(this);
  }
}
