import type { Http2Stream, IncomingHttpHeaders } from "node:http2";
import type { BodyHandler, BodySource } from "../http/exchange.js";
import type { BodyLength, Trailers } from "../http/message.js";
import { headersOf, headersOfObject } from "./headers.js";

const ignoring: BodyHandler = { onData() {}, onEnd() {}, onBroken() {} };

/** A body that comes over a stream of HTTP/2. */
export class Http2Body implements BodySource {
  readonly length: BodyLength;
  received = 0;
  ended = false;
  handler: BodyHandler = ignoring;
  started = false;
  readonly #stream: Http2Stream;
  #trailers: Trailers;
  #told = false;
  #broken = false;

  constructor(stream: Http2Stream, length: BodyLength, onEnded: () => void) {
    this.#stream = stream;
    this.length = length;
    this.ended = length === 0;
    if (this.ended) {
      stream.resume(); // its end has to be taken
      return;
    }
    stream.pause();
    stream.on("data", (bytes: Buffer) => {
      this.received += bytes.length;
      this.handler.onData(bytes);
    });
    stream.on("trailers", (object: IncomingHttpHeaders, _flags: number, raw?: string[]) => {
      this.#trailers = raw === undefined ? headersOfObject(object) : headersOf(raw);
    });
    stream.on("end", () => {
      if (this.#broken || stream.rstCode !== 0 || stream.aborted) return;
      this.ended = true;
      this.#tellEnd();
      onEnded();
    });
  }

  resume(): void {
    this.started = true;
    if (this.ended) this.#tellEnd();
    else this.#stream.resume();
  }

  pause(): void {
    if (!this.ended) this.#stream.pause();
  }

  break(why: "aborted" | "malformed"): void {
    if (this.ended || this.#broken) return;
    this.#broken = true;
    this.handler.onBroken(why);
  }

  #tellEnd(): void {
    if (this.#told) return;
    this.#told = true;
    this.handler.onEnd(this.#trailers);
  }
}
