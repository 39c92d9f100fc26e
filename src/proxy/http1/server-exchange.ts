import type { BodySink, Exchange, ExchangeTimes, RespondOptions } from "../http/exchange.js";
import type { BodyLength, RequestHead, ResponseHead } from "../http/message.js";
import { corkUntilFlush } from "../wire/flush.js";
import type { Wire, WireInfo } from "../wire/wire.js";
import type { Http1Body } from "./body.js";
import type { Http1ServerConnection } from "./server-connection.js";
import { Http1Sink } from "./sink.js";
import { type ConnectionWord, responseHead } from "./write-head.js";

function ignore(): void {}

export interface ExchangeFacts {
  readonly number: number;
  readonly headBytes: number;
  readonly pipelined: boolean;
  readonly times: ExchangeTimes;
  readonly wantsKeepAlive: boolean;
  readonly expectsContinue: boolean;
  readonly upgrade: string | undefined;
}

export class Http1Exchange implements Exchange {
  readonly info: WireInfo;
  readonly request: RequestHead;
  readonly body: Http1Body;
  readonly times: ExchangeTimes;
  readonly number: number;
  readonly wantsKeepAlive: boolean;
  readonly upgrade: string | undefined;
  readonly headBytes: number;
  readonly pipelined: boolean;
  expectsContinue: boolean;
  onGone: (how: "closed" | "half-closed") => void = ignore;
  onFinished: () => void = ignore;
  readonly #connection: Http1ServerConnection;
  readonly #wrote: number;
  #keep: boolean;
  #sink: Http1Sink | undefined;
  /** The answer is given to the wire wholly. */
  #answered = false;
  #over = false;
  #malformed = false;
  #tunnel = false;
  /** The rest of the request is read when the answer is whole. */
  #readsOn = false;

  constructor(
    connection: Http1ServerConnection,
    request: RequestHead,
    body: Http1Body,
    facts: ExchangeFacts,
  ) {
    this.#connection = connection;
    this.info = connection.wire.info;
    this.request = request;
    this.body = body;
    this.times = facts.times;
    this.number = facts.number;
    this.wantsKeepAlive = facts.wantsKeepAlive;
    this.expectsContinue = facts.expectsContinue;
    this.upgrade = facts.upgrade;
    this.headBytes = facts.headBytes;
    this.pipelined = facts.pipelined;
    this.#keep = facts.wantsKeepAlive;
    this.#wrote = connection.wire.bytesWritten;
  }

  get sentBytes(): number {
    return this.#over ? this.#sentAtEnd : this.#connection.wire.bytesWritten - this.#wrote;
  }
  #sentAtEnd = 0;

  inform(head: ResponseHead): void {
    if (this.#sink !== undefined || this.#over) return;
    if (head.status === 100) this.expectsContinue = false;
    if (this.request.version === "1.0") return; // RFC 9110 section 15.2: HTTP/1.0 knows none
    corkUntilFlush(this.#connection.wire);
    this.#connection.wire.write(responseHead(head, 0, "", true));
  }

  respond(head: ResponseHead, length: BodyLength, options?: RespondOptions): BodySink {
    const { wire } = this.#connection;
    if (this.#sink !== undefined) throw new Error("an exchange is answered once");
    const { status } = head;
    const { method, version } = this.request;
    const tunnel = status === 101 || (method === "CONNECT" && status >= 200 && status < 300);
    const bodiless = method === "HEAD" || status === 204 || status === 304 || tunnel;
    let framing: BodyLength = bodiless ? 0 : length;
    if (framing === "chunked" && version === "1.0") framing = "close"; // RFC 9112 section 6.1
    if (framing === "close" || options?.close) this.#keep = false;
    if (framing === "chunked" && head.version === "1.0") this.#keep = false; // its reader may not know chunks
    if (this.expectsContinue && !this.body.started) this.#keep = false; // the body may come or not
    let word: ConnectionWord = "";
    if (!tunnel)
      if (head.headers.written !== undefined) word = this.#keep ? "keep-alive" : "close";
      else if (!this.#keep) word = head.version === "1.0" ? "" : "close";
      else if (version === "1.0" || head.version === "1.0") word = "keep-alive";
    this.#tunnel = tunnel;
    this.#readsOn = options?.readsOn === true && !tunnel;
    const sink = new Http1Sink(wire, framing, this.#ended);
    this.#sink = sink;
    if (this.#over || wire.destroyed) return sink;
    corkUntilFlush(wire);
    wire.write(responseHead(head, framing, word, bodiless && status !== 204));
    if (framing === 0 && !tunnel) queueMicrotask(() => sink.end());
    return sink;
  }

  respondRaw(message: Uint8Array, close: boolean): void {
    const { wire } = this.#connection;
    if (this.#over || wire.destroyed) return;
    if (close) this.#keep = false;
    const sink = new Http1Sink(wire, "close", this.#ended);
    this.#sink = sink;
    corkUntilFlush(wire);
    wire.write(message);
    queueMicrotask(() => sink.end());
  }

  tunnel(): Wire {
    this.#answered = true;
    this.#connection.wire.uncork();
    return this.#connection.tunnel();
  }

  abort(reset = false): void {
    if (this.#over) return;
    this.#connection.abort(reset);
  }

  readonly #ended = (sink: Http1Sink): void => {
    if (this.#tunnel) return;
    this.#answered = true;
    if (sink.short) {
      this.#connection.abort(false);
      return;
    }
    if (this.#connection.wire.pendingBytes === 0) this.#finishLater();
  };

  /** @internal The wire has sent what was pending. */
  drained(): void {
    if (this.#answered) {
      if (this.#connection.wire.pendingBytes === 0) this.#finishLater();
    } else this.#sink?.onDrain();
  }

  #finishing = false;

  /** The request may still be coming, while its answer is whole. */
  #finishLater(): void {
    if (this.#over || this.#finishing) return;
    if (this.#readsOn && !this.body.ended) {
      // Nothing but FIN tells the client that such an answer is whole.
      if (this.#sink?.endsByFin) this.#connection.wire.end();
      return;
    }
    this.#finishing = true;
    this.#finish(this.#keep && !this.#malformed);
  }

  #finish(keep: boolean): void {
    this.#over = true;
    this.#sentAtEnd = this.#connection.wire.bytesWritten - this.#wrote;
    this.onFinished();
    this.#connection.finished(this, keep);
  }

  /** @internal The request's body is whole; its answer may have been for long. */
  requestEnded(): void {
    if (!this.#readsOn || !this.#answered || this.#connection.wire.pendingBytes > 0) return;
    // The connection is still within the bytes that ended it.
    queueMicrotask(() => this.#finishLater());
  }

  /** @internal */
  bodyMalformed(): void {
    this.#malformed = true;
  }

  /** @internal The connection can't go on after this. */
  closeAfter(): void {
    this.#keep = false;
  }

  /** @internal The connection is gone. */
  gone(): void {
    if (this.#over) return;
    this.#over = true;
    this.#sentAtEnd = this.#connection.wire.bytesWritten - this.#wrote;
    this.onGone("closed");
    this.onFinished();
  }
}
