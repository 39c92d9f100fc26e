import { latin1Text } from "../../sys/index.js";
import type { ClientConnection, ClientHandler, ClientRequest } from "../http/exchange.js";
import { Headers } from "../http/headers.js";
import type { BodyLength, HttpVersion, RequestHead, ResponseHead } from "../http/message.js";
import { corkUntilFlush } from "../wire/flush.js";
import type { Wire, WireHandler, WireInfo } from "../wire/wire.js";
import { type BodyOwner, Http1Body } from "./body.js";
import { Http1ClientRequest } from "./client-request.js";
import { HeadParser } from "./head-parser.js";
import { requestHead } from "./write-head.js";

function ignore(): void {}

export interface ClientOptions {
  readonly maxHeadBytes: number;
  readonly maxFields: number;
  readonly acceptInvalid: boolean;
  /** See HeadLimits. */
  readonly keepsFields?: boolean;
}

type Phase = "idle" | "head" | "body" | "done" | "tunnel" | "over";

/** A connection to a server over HTTP/1: one request at a time. */
export class Http1ClientConnection implements ClientConnection, WireHandler, BodyOwner {
  readonly wire: Wire;
  readonly version: HttpVersion = "1.1";
  served = 0;
  onIdle: () => void = ignore;
  onClosed: (error: Error | undefined) => void = ignore;
  readonly #parser: HeadParser;
  readonly #maxHeadBytes: number;
  #phase: Phase = "idle";
  #held: Buffer | undefined;
  #busy = false;
  /** Whether the wire has been given to a tunnel. */
  #tunnelled = false;
  #request: Http1ClientRequest | undefined;
  #handler: ClientHandler | undefined;
  #body: Http1Body | undefined;
  #keep = true;
  #peerEnded = false;
  #closed = false;

  constructor(wire: Wire, options: ClientOptions) {
    this.wire = wire;
    this.#parser = new HeadParser("response", options);
    this.#maxHeadBytes = options.maxHeadBytes;
    wire.handler = this;
    wire.resume();
  }

  get info(): WireInfo {
    return this.wire.info;
  }

  get available(): boolean {
    return this.#phase === "idle" && this.#keep && !this.#peerEnded && !this.wire.destroyed;
  }

  get destroyed(): boolean {
    return this.#closed || this.wire.destroyed;
  }

  request(
    head: RequestHead,
    length: BodyLength,
    handler: ClientHandler,
    options?: { close?: boolean },
  ): ClientRequest {
    const { wire } = this;
    const framing: BodyLength = length === "close" ? "chunked" : length; // a request has no other end
    const request = new Http1ClientRequest(this, head, framing);
    if (!this.available) {
      queueMicrotask(() => handler.onFailed("empty", undefined));
      request.dead = true;
      return request;
    }
    const close = options?.close === true;
    this.#phase = "head";
    this.#keep = !close;
    this.#request = request;
    this.#handler = handler;
    corkUntilFlush(wire);
    const old = head.version === "1.0";
    const word = close ? (old ? "" : "close") : old ? "keep-alive" : "";
    wire.write(requestHead(head, framing, word));
    if (framing === 0) request.sink.end();
    return request;
  }

  close(): void {
    if (this.destroyed) return;
    if (this.#phase === "idle") this.wire.destroy();
    else this.#keep = false;
  }

  onData(bytes: Buffer): void {
    if (this.#phase === "over") return;
    if (this.#phase === "idle") {
      this.#break(); // nothing was asked
      return;
    }
    if (this.#request !== undefined) this.#request.answered = true;
    if (this.#held === undefined) this.#consume(bytes);
    else {
      const all = Buffer.concat([this.#held, bytes]);
      this.#held = undefined;
      this.#consume(all);
    }
  }

  #consume(bytes: Buffer): void {
    this.#busy = true;
    let at = 0;
    while (at < bytes.length) {
      if (this.#phase === "head") {
        const used = this.#readHead(bytes, at);
        if (used <= 0) break;
        at += used;
      } else if (this.#phase === "body") {
        const body = this.#body as Http1Body;
        if (!body.flowing) break;
        const stopped = body.feed(bytes, at);
        if (stopped < 0) {
          this.#busy = false;
          this.#malformedBody(body);
          return;
        }
        at = stopped;
        if (body.ended && this.#phase === "body") this.#phase = "done";
      } else break;
    }
    this.#busy = false;
    if (this.#phase === "over") return;
    if (this.#phase === "tunnel") {
      if (at === bytes.length) return;
      // At once where the tunnel has begun: its peer's FIN may be the next that is read.
      if (this.#tunnelled) this.wire.unshift(bytes.subarray(at));
      else this.#held = Buffer.from(bytes.subarray(at));
      return;
    }
    if (this.#phase === "done") {
      // Bytes behind the answer belong to nothing that was asked: the connection isn't to be trusted.
      if (at < bytes.length) this.#keep = false;
      this.#finish();
      return;
    }
    if (at < bytes.length) this.#held = Buffer.from(bytes.subarray(at));
    this.#regulate();
  }

  #regulate(): void {
    if (this.#phase === "body" && !(this.#body as Http1Body).flowing) this.wire.pause();
    else this.wire.resume();
  }

  #readHead(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#maxHeadBytes);
    const parser = this.#parser;
    const used = parser.parse(latin1Text(bytes, at, end));
    const handler = this.#handler as ClientHandler;
    if (used < 0 || (used === 0 && bytes.length - at >= this.#maxHeadBytes)) {
      const detail = {
        reason: used < 0 ? parser.errorReason : "the head is too large",
        position: used < 0 ? parser.errorAt : this.#maxHeadBytes,
        bytes: Buffer.from(bytes.subarray(at)),
      };
      this.#request = undefined;
      this.#handler = undefined;
      this.#break();
      handler.onFailed("malformed", detail);
      return -1;
    }
    if (used === 0) return 0;
    const { facts, status, reason, is11 } = parser;
    const request = this.#request as Http1ClientRequest;
    const head: ResponseHead = {
      status,
      reason,
      version: is11 ? "1.1" : "1.0",
      headers: new Headers(parser.names, parser.values, parser.written),
    };
    parser.reset();
    if (status < 200 && status !== 101) {
      handler.onInform(head);
      return used;
    }
    let length: BodyLength = facts.transferEncoding
      ? facts.chunkedLast
        ? "chunked"
        : "close"
      : facts.contentLength >= 0
        ? facts.contentLength
        : "close";
    const tunnel = status === 101 || (request.method === "CONNECT" && status < 300);
    if (tunnel || request.method === "HEAD" || status === 204 || status === 304) length = 0;
    if (length === "close" || facts.close || (!is11 && !facts.keepAlive)) this.#keep = false;
    const body = new Http1Body(length, this);
    this.#body = body;
    this.#phase = tunnel ? "tunnel" : length === 0 ? "done" : "body";
    if (tunnel) this.wire.pause();
    handler.onResponse(head, body, used);
    return used;
  }

  bodyResumed(): void {
    if (this.#busy || this.#closed || this.#phase !== "body") return;
    const bytes = this.#held;
    if (bytes !== undefined) {
      this.#held = undefined;
      this.#consume(bytes);
    } else this.#regulate();
    if (this.#peerEnded && this.#held === undefined && this.#phase === "body") this.onEnd();
  }

  bodyPaused(): void {
    if (!this.#busy) this.#regulate();
  }

  /** The answer is whole. The exchange is over when the request has been sent, too. */
  #finish(): void {
    const request = this.#request;
    if (request === undefined) {
      this.#over();
      return;
    }
    if (!request.sink.ended) return; // its end comes back here
    if (!this.#keep || request.sink.short || this.#peerEnded) {
      this.#over();
      return;
    }
    request.finish();
    this.#request = undefined;
    this.#handler = undefined;
    this.#body = undefined;
    this.#phase = "idle";
    this.served++;
    this.wire.resume();
    this.onIdle();
  }

  /** @internal The request's body is sent wholly, or less of it than was said. */
  requestSent(short: boolean): void {
    if (short) {
      const handler = this.#handler;
      const unanswered = this.#phase === "head";
      this.#break();
      if (unanswered) handler?.onFailed("reset", undefined);
    } else if (this.#phase === "done" && !this.#busy) this.#finish();
  }

  /** The exchange is done and the connection with it. */
  #over(): void {
    this.#request?.finish();
    this.served++;
    this.#request = undefined;
    this.#handler = undefined;
    this.#break();
  }

  #break(): void {
    this.#phase = "over";
    this.#keep = false;
    this.wire.destroy();
  }

  #malformedBody(body: Http1Body): void {
    this.#request = undefined;
    this.#handler = undefined;
    this.#break();
    body.break("malformed");
  }

  /** @internal */
  abort(request: Http1ClientRequest): void {
    if (this.#request !== request || this.#closed) return;
    this.#request = undefined;
    this.#handler = undefined;
    this.#body = undefined;
    this.#break();
  }

  /** @internal */
  tunnel(): Wire {
    const { wire } = this;
    this.#phase = "tunnel";
    const held = this.#held;
    this.#held = undefined;
    wire.pause();
    wire.afterClose = () => this.onClose(undefined);
    this.#tunnelled = true;
    if (held !== undefined) wire.unshift(held);
    return wire;
  }

  onEnd(): void {
    this.#peerEnded = true;
    switch (this.#phase) {
      case "idle":
        this.#break();
        break;
      case "head":
        this.#failed();
        break;
      case "body": {
        const body = this.#body as Http1Body;
        if (this.#held !== undefined) break; // it comes when that is taken
        if (body.connectionEnded()) {
          this.#phase = "done";
          this.#finish();
        } else {
          this.#request = undefined;
          this.#handler = undefined;
          this.#break();
          body.break("aborted");
        }
        break;
      }
      default:
    }
  }

  /** No head of an answer will come. */
  #failed(): void {
    const handler = this.#handler;
    const request = this.#request;
    const held = this.#held;
    this.#request = undefined;
    this.#handler = undefined;
    this.#break();
    if (request?.answered)
      handler?.onFailed(
        "reset",
        held === undefined
          ? undefined
          : { reason: "the connection was closed within the head", position: held.length, bytes: held },
      );
    else handler?.onFailed("empty", undefined);
  }

  /** The answer was whole before the request, whose rest the server doesn't take. */
  #unsent(): void {
    const handler = this.#handler;
    this.#request?.finish();
    this.#request = undefined;
    this.#handler = undefined;
    this.#phase = "over";
    handler?.onFailed("reset", undefined);
  }

  onDrain(): void {
    this.#request?.sink.onDrain();
  }

  onClose(error: (Error & { code?: string }) | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    const body = this.#body;
    if (this.#phase === "head") this.#failed();
    else if (this.#phase === "done") this.#unsent();
    else if (this.#phase === "body" && this.#held === undefined && error === undefined) {
      if (!(body as Http1Body).connectionEnded()) body?.break("aborted");
    } else body?.break("aborted");
    this.#request?.finish();
    this.#phase = "over";
    this.onClosed(error);
  }
}
