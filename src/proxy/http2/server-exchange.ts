import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { BodySink, Exchange, ExchangeTimes, RespondOptions } from "../http/exchange.js";
import { Headers } from "../http/headers.js";
import type { BodyLength, RequestHead, ResponseHead } from "../http/message.js";
import { HeadParser } from "../http1/head-parser.js";
import { DuplexWire } from "../wire/duplex.js";
import type { Wire, WireInfo } from "../wire/wire.js";
import { Http2Body } from "./body.js";
import { outgoing } from "./headers.js";
import type { IncomingRequest } from "./request.js";
import type { Http2ServerConnection } from "./server.js";
import { Http2Sink } from "./sink.js";

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_INTERNAL_ERROR } = constants;

function ignore(): void {}

/** One stream of a client's HTTP/2 connection. */
export class Http2Exchange implements Exchange {
  readonly info: WireInfo;
  readonly request: RequestHead;
  readonly body: Http2Body;
  readonly times: ExchangeTimes;
  readonly number: number;
  readonly wantsKeepAlive = true;
  readonly upgrade: string | undefined;
  readonly headBytes: number;
  readonly pipelined = false;
  expectsContinue: boolean;
  onGone: (how: "closed" | "half-closed") => void = ignore;
  onFinished: () => void = ignore;
  /** An answer was begun. */
  responded = false;
  readonly #connection: Http2ServerConnection;
  readonly #stream: ServerHttp2Stream;
  readonly #extended: boolean;
  #sink: Http2Sink | undefined;
  #sentHead = 0;
  #wire: DuplexWire | undefined;
  #over = false;

  constructor(
    connection: Http2ServerConnection,
    stream: ServerHttp2Stream,
    request: IncomingRequest,
    facts: { number: number; times: ExchangeTimes },
  ) {
    this.#connection = connection;
    this.#stream = stream;
    this.info = connection.info;
    this.request = request.head;
    this.number = facts.number;
    this.times = facts.times;
    this.upgrade = request.upgrade;
    this.headBytes = request.headBytes;
    this.#extended = request.extended;
    this.expectsContinue =
      request.length !== 0 && request.head.headers.get("expect")?.toLowerCase() === "100-continue";
    this.body =
      request.upgrade === undefined
        ? new Http2Body(stream, request.length, ignore)
        : new Http2Body(idleStream(stream), 0, ignore);
  }

  get sentBytes(): number {
    return this.#sentHead + (this.#wire?.bytesWritten ?? this.#sink?.sent ?? 0);
  }

  inform(head: ResponseHead): void {
    const stream = this.#stream;
    if (this.responded || stream.destroyed || stream.closed || head.status === 101) return;
    if (head.status === 100) this.expectsContinue = false;
    stream.additionalHeaders(outgoing({ ":status": head.status }, head.headers));
  }

  respond(head: ResponseHead, length: BodyLength, options?: RespondOptions): BodySink {
    if (this.responded) throw new Error("an exchange is answered once");
    this.responded = true;
    const stream = this.#stream;
    // The answer to an extended CONNECT is 200, not 101 (RFC 8441 section 5).
    const status = this.#extended && head.status === 101 ? 200 : head.status;
    const tunnel = this.upgrade !== undefined && status >= 200 && status < 300;
    const bodiless = this.request.method === "HEAD" || status === 204 || status === 304 || length === 0;
    const takes = tunnel || !bodiless;
    const sink = new Http2Sink(stream, tunnel ? "close" : length, takes && !tunnel);
    this.#sink = sink;
    if (options?.close) this.#connection.finish();
    if (stream.destroyed || stream.closed) return sink;
    const fields = outgoing({ ":status": status }, head.headers);
    if (tunnel) {
      delete fields["content-length"];
      delete fields["sec-websocket-accept"];
    } else if (
      status !== 204 &&
      typeof length === "number" &&
      this.request.method !== "HEAD" &&
      status !== 304
    )
      fields["content-length"] = String(length);
    else if (!bodiless || status === 204) delete fields["content-length"];
    this.#sentHead = sizeOf(fields);
    try {
      stream.respond(fields, {
        endStream: !takes,
        waitForTrailers: takes && !tunnel,
        sendDate: false,
      } as object);
    } catch {
      // node:http2 refuses some fields that HTTP/1 lets through: the client must not wait.
      stream.close(NGHTTP2_INTERNAL_ERROR);
    }
    return sink;
  }

  /** HTTP/2 has no raw form: the message is read and sent as an answer. */
  respondRaw(message: Uint8Array, close: boolean): void {
    const parser = new HeadParser("response", { maxFields: 1000, acceptInvalid: true });
    const bytes = Buffer.from(message);
    const used = parser.parse(bytes.toString("latin1"));
    if (used <= 0) {
      this.abort();
      return;
    }
    const body = bytes.subarray(used);
    const sink = this.respond(
      {
        status: parser.status,
        reason: parser.reason,
        version: "1.1",
        headers: new Headers(parser.names, parser.values),
      },
      body.length,
      { close },
    );
    sink.write(body);
    sink.end();
  }

  tunnel(): Wire {
    return (this.#wire ??= new DuplexWire(this.#stream, this.info));
  }

  abort(): void {
    if (!this.#stream.destroyed) this.#stream.close(this.responded ? NGHTTP2_INTERNAL_ERROR : NGHTTP2_CANCEL);
  }

  /** @internal The stream is closed. */
  gone(): void {
    if (this.#over) return;
    this.#over = true;
    this.body.break("aborted");
    const whole = this.#sink?.ended === true && this.#stream.rstCode === NGHTTP2_NO_ERROR;
    if (!whole && this.#wire === undefined) this.onGone("closed");
    this.onFinished();
  }
}

/** A tunnel's stream is read by its wire alone. */
function idleStream(stream: ServerHttp2Stream): ServerHttp2Stream {
  return Object.create(stream, { resume: { value: () => stream } }) as ServerHttp2Stream;
}

function sizeOf(fields: OutgoingHttpHeaders): number {
  let bytes = 9;
  for (const [name, value] of Object.entries(fields)) bytes += name.length + String(value).length + 4;
  return bytes;
}
