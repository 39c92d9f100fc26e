import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { ServerConnection, ServerHandler, ServerOptions } from "../http/exchange.js";
import { LazyTimer } from "../lazy-timer.js";
import { duplexOf } from "../wire/duplex.js";
import { eventTime } from "../wire/event-time.js";
import type { Wire, WireInfo } from "../wire/wire.js";
import { requestOf } from "./request.js";
import { Http2Exchange } from "./server-exchange.js";

const { NGHTTP2_PROTOCOL_ERROR, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_NO_ERROR } = constants;
/** Streams that a client may reset before they are answered, each second: more is an attack (CVE-2023-44487). */
const resetsPerSecond = 200;

type SessionOptions = Parameters<typeof performServerHandshake>[1];

/** What node:http2 tells, the raw list of fields included (types don't have it). */
interface StreamEvents {
  on(
    event: "stream",
    listener: (stream: ServerHttp2Stream, headers: object, flags: number, raw: string[]) => void,
  ): void;
}

/** A client's HTTP/2 connection (RFC 9113), by node:http2: each stream is an exchange. */
export class Http2ServerConnection implements ServerConnection {
  readonly info: WireInfo;
  readonly #session: ServerHttp2Session;
  readonly #handler: ServerHandler;
  readonly #options: ServerOptions;
  readonly #timer = new LazyTimer(() => this.#session.close());
  #number = 0;
  #open = 0;
  #idleFrom: number;
  #resets = 0;
  #resetsSince = 0;
  #closed = false;

  /** @param first what was read of the wire already: the preface, or its beginning. */
  constructor(
    wire: Wire,
    options: ServerOptions,
    handler: ServerHandler,
    idleFrom: number,
    first?: Uint8Array,
  ) {
    this.info = wire.info;
    this.#handler = handler;
    this.#options = options;
    this.#idleFrom = idleFrom;
    const { http2 } = options;
    const duplex = duplexOf(wire, first);
    this.#session = performServerHandshake(duplex, {
      settings: {
        enableConnectProtocol: true,
        maxConcurrentStreams: http2?.maxConcurrentStreams ?? 100,
        initialWindowSize: http2?.initialWindowSize ?? 65_535,
        maxFrameSize: http2?.maxFrameSize ?? 16_384,
        headerTableSize: http2?.headerTableSize ?? 4096,
        maxHeaderListSize: options.maxHeadBytes,
      },
      maxHeaderListPairs: options.maxFields + 8,
      maxSessionInvalidFrames: 100,
      maxSettings: 64,
    } as SessionOptions);
    const session = this.#session;
    (session as unknown as StreamEvents).on("stream", (stream, _headers, flags, raw) =>
      this.#began(stream, flags, raw),
    );
    session.on("error", () => {});
    session.on("close", () => this.#gone());
    duplex.on("error", () => {});
    duplex.once("close", () => session.destroy());
    this.#timer.after(options.headTimeoutMs);
  }

  #began(stream: ServerHttp2Stream, flags: number, raw: string[]): void {
    stream.on("error", () => {});
    const now = eventTime();
    const request = requestOf(raw, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0);
    if (request === undefined) {
      stream.close(NGHTTP2_PROTOCOL_ERROR);
      return;
    }
    this.#timer.stop();
    this.#open++;
    const exchange = new Http2Exchange(this, stream, request, {
      number: ++this.#number,
      times: { idleFrom: this.#open > 1 ? now : this.#idleFrom, firstByte: now, head: now },
    });
    stream.once("close", () => this.#ended(exchange, stream));
    this.#handler.onExchange(exchange);
  }

  #ended(exchange: Http2Exchange, stream: ServerHttp2Stream): void {
    this.#open--;
    if (stream.rstCode !== NGHTTP2_NO_ERROR && !exchange.responded) this.#countReset();
    exchange.gone();
    if (this.#open > 0) return;
    this.#idleFrom = eventTime();
    this.#timer.after(this.#options.idleTimeoutMs);
  }

  #countReset(): void {
    const now = eventTime();
    if (now - this.#resetsSince > 1000) {
      this.#resetsSince = now;
      this.#resets = 0;
    }
    if (++this.#resets <= resetsPerSecond || this.#session.destroyed) return;
    this.#session.goaway(NGHTTP2_ENHANCE_YOUR_CALM);
    this.#session.destroy();
  }

  /** @internal No further streams; those that there are go on. */
  finish(): void {
    if (!this.#session.closed) this.#session.close();
  }

  closeIfIdle(): void {
    if (this.#number > 0 && this.#open === 0) this.finish();
  }

  #gone(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer.clear();
    this.#handler.onClosed();
  }
}
