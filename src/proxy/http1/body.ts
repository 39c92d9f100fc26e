import type { BodyHandler, BodySource } from "../http/exchange.js";
import type { BodyLength } from "../http/message.js";
import { ChunkedReader } from "./chunked.js";

const ignoring: BodyHandler = { onData() {}, onEnd() {}, onBroken() {} };

/** The connection that a body comes over. */
export interface BodyOwner {
  /** The body is wanted (again): feed it. */
  bodyResumed(): void;
  bodyPaused(): void;
}

/** A body that comes over HTTP/1: takes the framing off. */
export class Http1Body implements BodySource {
  readonly length: BodyLength;
  received = 0;
  ended = false;
  handler: BodyHandler = ignoring;
  flowing = false;
  /** It was wanted at least once. */
  started = false;
  errorReason = "";
  errorAt = 0;
  readonly #owner: BodyOwner;
  #left: number;
  readonly #chunked: ChunkedReader | undefined;
  /** Whether the end has been told. */
  #told = false;
  #broken = false;

  constructor(length: BodyLength, owner: BodyOwner) {
    this.length = length;
    this.#owner = owner;
    this.#left = typeof length === "number" ? length : 0;
    this.#chunked = length === "chunked" ? new ChunkedReader() : undefined;
    this.ended = length === 0;
  }

  resume(): void {
    if (this.flowing) return;
    this.flowing = true;
    this.started = true;
    if (this.ended) this.#tellEnd();
    else this.#owner.bodyResumed();
  }

  pause(): void {
    if (!this.flowing) return;
    this.flowing = false;
    if (!this.ended) this.#owner.bodyPaused();
  }

  /** Takes bytes that came, from `at`; gives where it stopped: behind the body, or where it was paused. -1: malformed. */
  feed(bytes: Buffer, at: number): number {
    if (this.#chunked !== undefined) return this.#feedChunked(this.#chunked, bytes, at);
    const come = bytes.length - at;
    if (this.length === "close") {
      this.received += come;
      this.handler.onData(at === 0 ? bytes : bytes.subarray(at));
      return bytes.length;
    }
    const taken = Math.min(come, this.#left);
    this.#left -= taken;
    this.received += taken;
    if (this.#left === 0) this.ended = true;
    this.handler.onData(taken === bytes.length ? bytes : bytes.subarray(at, at + taken));
    if (this.ended) this.#tellEnd();
    return at + taken;
  }

  #feedChunked(chunked: ChunkedReader, bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && !chunked.ended && this.flowing) {
      at = chunked.read(bytes, at);
      if (at < 0) {
        this.errorReason = chunked.errorReason;
        this.errorAt = chunked.errorAt;
        return -1;
      }
      const { dataFrom, dataTo } = chunked;
      if (dataTo > dataFrom) {
        this.received += dataTo - dataFrom;
        this.handler.onData(bytes.subarray(dataFrom, dataTo));
      }
    }
    if (chunked.ended) {
      this.ended = true;
      this.#tellEnd();
    }
    return at;
  }

  /** The connection has ended: the end of what has no other; false where more was to come. */
  connectionEnded(): boolean {
    if (this.ended) return true;
    if (this.length !== "close") return false;
    this.ended = true;
    this.#tellEnd();
    return true;
  }

  break(why: "aborted" | "malformed"): void {
    if (this.ended || this.#broken) return;
    this.#broken = true;
    this.handler.onBroken(why);
  }

  #tellEnd(): void {
    if (this.#told || this.#broken) return;
    this.#told = true;
    this.handler.onEnd(this.#chunked?.trailers);
  }
}
