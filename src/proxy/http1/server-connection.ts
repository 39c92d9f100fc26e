import { latin1Text } from "../../sys/index.js";
import type { BadRequest, ServerConnection, ServerHandler, ServerOptions } from "../http/exchange.js";
import { Headers } from "../http/headers.js";
import type { BodyLength, RequestHead } from "../http/message.js";
import type { PrefaceReader } from "../http2/preface.js";
import { LazyTimer } from "../lazy-timer.js";
import { eventTime } from "../wire/event-time.js";
import type { Wire, WireHandler } from "../wire/wire.js";
import { type BodyOwner, Http1Body } from "./body.js";
import { authorityOf } from "./framing-fields.js";
import { HeadParser } from "./head-parser.js";
import { linger } from "./linger.js";
import { Http1Exchange } from "./server-exchange.js";

/** "head": between requests, or in one's head; "body"; "answer": all of the request has come, its answer is on its way. */
type Phase = "head" | "body" | "answer" | "tunnel" | "over";

/** A client's HTTP/1 connection: reads requests one after the other, and gives each when the one before it is answered. */
export class Http1ServerConnection implements WireHandler, BodyOwner, ServerConnection {
  readonly wire: Wire;
  readonly options: ServerOptions;
  readonly #handler: ServerHandler;
  readonly #parser: HeadParser;
  readonly #timer = new LazyTimer(() => this.#timeout());
  #phase: Phase = "head";
  /** Bytes that came and weren't used: a part of a head, a body that isn't wanted yet, further requests. */
  #held: Buffer | undefined;
  #busy = false;
  #exchange: Http1Exchange | undefined;
  #body: Http1Body | undefined;
  #number = 0;
  #idleFrom: number;
  #firstByte = -1;
  /** What is held came before the request in front of it was answered. */
  #pipelined = false;
  /** Bytes that the wire had brought before this head. */
  #peerEnded = false;
  #closed = false;
  #preface: PrefaceReader | undefined;

  constructor(wire: Wire, options: ServerOptions, handler: ServerHandler, idleFrom: number) {
    this.wire = wire;
    this.options = options;
    this.#handler = handler;
    this.#parser = new HeadParser("request", options);
    this.#idleFrom = idleFrom;
  }

  /** Begins to read. With `preface` it may turn out to be HTTP/2: then the wire is given away. */
  start(preface?: PrefaceReader): void {
    this.wire.handler = this;
    this.#preface = preface;
    this.#timer.after(this.options.headTimeoutMs);
    this.wire.resume();
  }

  onData(bytes: Buffer): void {
    if (this.#phase === "over") return;
    let all = bytes;
    if (this.#held !== undefined) {
      all = Buffer.concat([this.#held, bytes]);
      this.#held = undefined;
    }
    // Its first letter is a P: nearly all other requests are told by that.
    if (this.#preface !== undefined && !this.#isHttp1(this.#preface, all)) return;
    this.#consume(all);
  }

  #isHttp1(preface: PrefaceReader, bytes: Buffer): boolean {
    const looks = bytes[0] === 80 ? preface.look(bytes) : "no";
    if (looks === "no") this.#preface = undefined;
    else if (looks === "more") this.#held = Buffer.from(bytes);
    else {
      this.#phase = "over";
      this.#closed = true;
      this.#timer.clear();
    }
    return looks === "no";
  }

  #consume(bytes: Buffer): void {
    this.#busy = true;
    let at = 0;
    for (;;) {
      if (this.#phase === "head") {
        if (at >= bytes.length) break;
        const used = this.#readHead(bytes, at);
        if (used <= 0) break;
        at += used;
      } else if (this.#phase === "body") {
        const body = this.#body as Http1Body;
        if (at >= bytes.length || !body.flowing) break;
        at = this.#feed(body, bytes, at);
        if (at < 0) break;
      } else break;
    }
    this.#busy = false;
    if (this.#phase === "over" || at < 0) return;
    if (at < bytes.length) this.#hold(bytes, at);
    if (this.#phase === "tunnel") this.#handTunnel();
    else this.#regulate();
  }

  /** Reads on, or stops, by what there is to do. */
  #regulate(): void {
    const held = this.#held?.length ?? 0;
    const body = this.#phase === "body" ? this.#body : undefined;
    const full = held >= this.options.maxHeadBytes;
    if (full || (body?.started && !body.flowing)) this.wire.pause();
    else this.wire.resume();
  }

  #hold(bytes: Buffer, at: number): void {
    this.#held = Buffer.from(bytes.subarray(at));
  }

  /** Bytes used; 0: more is needed; -1: it ended. */
  #readHead(bytes: Buffer, at: number): number {
    const { options } = this;
    const now = eventTime();
    if (this.#firstByte < 0) {
      this.#firstByte = now;
      if (at > 0 && this.#number > 0) this.#pipelined = true;
      this.#handler.onHeadBegun?.();
      if (this.#number > 0) this.#timer.after(options.headTimeoutMs);
    }
    const end = Math.min(bytes.length, at + options.maxHeadBytes);
    const used = this.#parser.parse(latin1Text(bytes, at, end));
    if (used < 0) {
      this.#refuse(
        bytes.subarray(at),
        this.#parser.errorReason,
        this.#parser.errorAt,
        "malformed",
        this.#parser.errorStatus,
      );
      return -1;
    }
    if (used === 0) {
      if (bytes.length - at < options.maxHeadBytes) return 0;
      this.#refuse(bytes.subarray(at), "the head is too large", options.maxHeadBytes, "malformed", 400);
      return -1;
    }
    this.#timer.stop();
    this.#begin(used, now);
    return used;
  }

  #begin(headBytes: number, now: number): void {
    const parser = this.#parser;
    const { facts, method, target } = parser;
    let length: BodyLength = facts.chunkedLast ? "chunked" : Math.max(0, facts.contentLength);
    let upgrade = facts.connectionUpgrade ? facts.upgrade : undefined;
    const headers = new Headers(parser.names, parser.values, parser.written);
    if (method === "CONNECT") {
      length = 0;
      upgrade = target;
    } else if (upgrade !== undefined && length !== 0) {
      // A protocol can't change while a body comes: it goes on as HTTP.
      upgrade = undefined;
      headers.remove("upgrade");
    }
    const absolute = target.charCodeAt(0) !== 47 && target !== "*";
    const scheme = absolute ? /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(target)?.[1]?.toLowerCase() : undefined;
    const request: RequestHead = {
      method,
      target,
      version: parser.is11 ? "1.1" : "1.0",
      headers,
      scheme,
      authority: absolute ? authorityOf(target, method) : undefined,
    };
    const body = new Http1Body(length, this);
    const exchange = new Http1Exchange(this, request, body, {
      number: ++this.#number,
      headBytes,
      pipelined: this.#pipelined,
      times: { idleFrom: this.#idleFrom, firstByte: this.#firstByte, head: now },
      wantsKeepAlive: parser.is11 ? !facts.close : facts.keepAlive && !facts.close,
      expectsContinue: facts.expectContinue && parser.is11 && length !== 0,
      upgrade,
    });
    parser.reset();
    this.#body = body;
    this.#exchange = exchange;
    this.#phase = length === 0 ? "answer" : "body";
    this.#handler.onExchange(exchange);
    if (this.#peerEnded) exchange.onGone("half-closed");
  }

  #feed(body: Http1Body, bytes: Buffer, at: number): number {
    const used = body.feed(bytes, at);
    if (used < 0) {
      this.#exchange?.bodyMalformed();
      body.break("malformed");
      // The next message can't be found: what comes is no use.
      if (this.#phase === "body") this.#phase = "answer";
      this.#exchange?.closeAfter();
      this.wire.pause();
      return -1;
    }
    if (body.ended && this.#phase === "body") {
      this.#phase = "answer";
      this.#exchange?.requestEnded();
    }
    return used;
  }

  bodyResumed(): void {
    this.#pump();
  }

  bodyPaused(): void {
    if (!this.#busy) this.#regulate();
  }

  /** Goes on with what is held, then reads. */
  #pump(): void {
    if (this.#busy || this.#closed) return;
    const bytes = this.#held;
    if (bytes !== undefined) {
      this.#held = undefined;
      this.#consume(bytes);
    } else this.#regulate();
    if (this.#peerEnded && (this.#held === undefined || this.#phase === "head")) this.#ended();
  }

  /** The exchange is over: the answer is given to the wire. */
  finished(exchange: Http1Exchange, keep: boolean): void {
    if (this.#exchange !== exchange || this.#closed) return;
    this.#exchange = undefined;
    const whole = this.#body?.ended ?? true;
    this.#body = undefined;
    if (!keep || !whole || (this.#peerEnded && this.#held === undefined)) {
      this.#close(whole && this.#held === undefined);
      return;
    }
    this.#phase = "head";
    this.#idleFrom = eventTime();
    this.#firstByte = -1;
    this.#pipelined = this.#held !== undefined;
    this.#timer.after(this.options.idleTimeoutMs);
    this.#pump();
  }

  /** Closes when the answer is sent; where the client may still be sending, its bytes are read so that no RST takes the answer away. */
  #close(nothingMore: boolean): void {
    this.#phase = "over";
    this.#held = undefined;
    this.#timer.stop();
    if (nothingMore && this.#peerEnded) this.wire.end();
    else linger(this.wire, this);
  }

  /** Breaks the connection off. */
  abort(reset: boolean): void {
    this.#phase = "over";
    this.#timer.stop();
    this.wire.destroy(reset);
  }

  closeIfIdle(): void {
    if (this.#phase === "head" && this.#number > 0 && this.#held === undefined) this.abort(false);
  }

  /** The wire is a tunnel's from now on. */
  tunnel(): Wire {
    this.#phase = "tunnel";
    this.#timer.stop();
    this.wire.pause();
    if (!this.#busy) this.#handTunnel();
    return this.wire;
  }

  #handTunnel(): void {
    const held = this.#held;
    this.#held = undefined;
    const { wire } = this;
    wire.afterClose = () => this.#gone();
    if (held !== undefined) wire.unshift(held);
  }

  onEnd(): void {
    this.#peerEnded = true;
    if (this.#held === undefined || this.#phase === "head") this.#ended();
    else this.#exchange?.onGone("half-closed");
  }

  /** The client sent FIN, and all that came before it has been used. */
  #ended(): void {
    switch (this.#phase) {
      case "head": {
        const held = this.#held ?? Buffer.alloc(0);
        if (held.length > 0) this.#refuse(held, "the client closed", held.length, "closed", 400);
        else if (this.#number === 0) this.#refuse(held, "nothing came", 0, "silent", 400);
        else this.#close(true);
        break;
      }
      case "body": {
        const exchange = this.#exchange;
        this.#phase = "answer";
        exchange?.closeAfter();
        this.#body?.break("aborted");
        exchange?.onGone("closed");
        break;
      }
      case "answer":
        this.#exchange?.onGone("half-closed");
        break;
      default:
    }
  }

  onDrain(): void {
    this.#exchange?.drained();
  }

  onClose(): void {
    this.#gone();
  }

  #gone(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer.clear();
    const exchange = this.#exchange;
    if (this.#phase === "head" && this.#held !== undefined)
      this.#refuse(this.#held, "the client closed", this.#held.length, "closed", 400);
    else if (this.#phase === "head" && this.#number === 0)
      this.#refuse(Buffer.alloc(0), "nothing came", 0, "silent", 400);
    this.#phase = "over";
    this.#held = undefined;
    this.#body?.break("aborted");
    exchange?.gone();
    this.#handler.onClosed();
  }

  #timeout(): void {
    if (this.#phase !== "head") return;
    const held = this.#held ?? Buffer.alloc(0);
    if (held.length === 0 && this.#number > 0) {
      this.#close(true);
      return;
    }
    this.#refuse(held, "the request took too long", held.length, "timeout", 408);
  }

  #refuse(bytes: Buffer, reason: string, position: number, kind: BadRequest["kind"], status: number): void {
    this.#phase = "over";
    this.#timer.stop();
    this.#held = undefined;
    this.wire.pause();
    const { wire } = this;
    const before = wire.bytesWritten;
    const now = eventTime();
    this.#handler.onBadRequest({
      info: wire.info,
      status,
      reason,
      position,
      bytes: Buffer.from(bytes),
      times: {
        idleFrom: this.#idleFrom,
        firstByte: this.#firstByte < 0 ? now : this.#firstByte,
        head: now,
      },
      number: this.#number + 1,
      kind,
      answer: (message) => {
        if (wire.destroyed) return;
        if (message !== undefined) wire.write(message);
        if (message === undefined) wire.destroy();
        else linger(wire, this);
      },
      get sentBytes() {
        return wire.bytesWritten - before;
      },
    });
  }
}
