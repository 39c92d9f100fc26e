import type { Http2Stream } from "node:http2";
import type { BodySink } from "../http/exchange.js";
import type { Headers } from "../http/headers.js";
import type { BodyLength } from "../http/message.js";
import { outgoing } from "./headers.js";

/** A body that goes out over a stream of HTTP/2. */
export class Http2Sink implements BodySink {
  onDrain: () => void = () => {};
  ended = false;
  sent = 0;
  readonly #stream: Http2Stream;
  #left: number;
  readonly #takes: boolean;
  #trailers: Headers | undefined;

  /** @param takes whether there is a body at all. */
  constructor(stream: Http2Stream, length: BodyLength, takes: boolean) {
    this.#stream = stream;
    this.#takes = takes;
    this.#left = typeof length === "number" ? length : -1;
    if (!takes) return;
    stream.on("drain", () => this.onDrain());
    stream.on("wantTrailers", () => {
      if (!stream.destroyed) stream.sendTrailers(this.#trailers ? outgoing({}, this.#trailers) : {});
    });
  }

  write(bytes: Uint8Array): boolean {
    const stream = this.#stream;
    if (!this.#takes || this.ended || !stream.writable || bytes.length === 0) return true;
    let part = bytes;
    if (this.#left >= 0) {
      if (part.length > this.#left) part = part.subarray(0, this.#left);
      this.#left -= part.length;
      if (part.length === 0) return true;
    }
    this.sent += part.length;
    // node:http2 sends later, when the bytes may be others.
    return stream.write(Buffer.from(part));
  }

  end(trailers?: Headers): void {
    if (this.ended) return;
    this.ended = true;
    this.#trailers = trailers;
    if (!this.#takes || this.#stream.destroyed) return;
    if (this.#left > 0)
      this.#stream.close(2); // INTERNAL_ERROR: less came than was said
    else this.#stream.end();
  }
}
