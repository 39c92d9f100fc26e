import type { Wire, WireInfo } from "../wire/wire.js";
import type { Headers } from "./headers.js";
import type { BodyLength, HttpVersion, RequestHead, ResponseHead, Trailers } from "./message.js";

/**
 * What comes in pieces: a body that is being received. As with a wire, bytes are overwritten after `onData` has returned.
 * Nothing comes before `resume`.
 */
export interface BodySource {
  readonly length: BodyLength;
  /** Bytes that came until now, without framing. */
  readonly received: number;
  /** Whether the end has come. */
  readonly ended: boolean;
  handler: BodyHandler;
  resume(): void;
  pause(): void;
}

export interface BodyHandler {
  onData(bytes: Buffer): void;
  onEnd(trailers: Trailers): void;
  /** The body will never be whole: the connection broke ("aborted"), or its framing is wrong ("malformed"). */
  onBroken(why: "aborted" | "malformed"): void;
}

/** Where a body is sent to. */
export interface BodySink {
  /** false: stop until `onDrain`. */
  write(bytes: Uint8Array): boolean;
  end(trailers?: Headers): void;
  onDrain: () => void;
}

/** Times of an exchange, milliseconds of a monotonic clock (performance.now()). */
export interface ExchangeTimes {
  /** When the connection was accepted, or the one before was answered. */
  readonly idleFrom: number;
  /** When its first byte came. */
  readonly firstByte: number;
  /** When its head was whole. */
  readonly head: number;
}

export interface RespondOptions {
  /** The connection ends after the answer. */
  readonly close?: boolean;
  /** An answer may be whole before its request is: the rest of the request is read all the same, and the exchange is over when both are whole. */
  readonly readsOn?: boolean;
}

/**
 * A request that a client sent, and the way to answer it: HTTP/1.0, 1.1 or one stream of HTTP/2.
 * Who is given one answers it once by `respond`, or breaks it off by `abort`.
 */
export interface Exchange {
  readonly info: WireInfo;
  readonly request: RequestHead;
  readonly body: BodySource;
  readonly times: ExchangeTimes;
  /** 1 for the connection's first. */
  readonly number: number;
  /** Whether the client wants the connection to go on after it (Connection, HTTP version). */
  readonly wantsKeepAlive: boolean;
  /** `Expect: 100-continue` was there and hasn't been answered. */
  readonly expectsContinue: boolean;
  /** The client asked for another protocol: "websocket", or CONNECT's tunnel. */
  readonly upgrade: string | undefined;
  /** Bytes of the head as it came, and of everything sent until now, with framing. */
  readonly headBytes: number;
  readonly sentBytes: number;
  /** Its first bytes had come before the request in front of it was answered. */
  readonly pipelined: boolean;
  /** The client went away, or sent FIN with nothing more to send, before the answer was whole. */
  onGone: (how: "closed" | "half-closed") => void;

  /** Sends 100, 103 or another interim head. */
  inform(head: ResponseHead): void;
  /**
   * Sends the head; framing fields (content-length, transfer-encoding, connection) are made from `length` and `close` and those in `head`
   * are left out. The sink takes the body; of HEAD, 204, 304 and length 0 it takes nothing.
   */
  respond(head: ResponseHead, length: BodyLength, options?: RespondOptions): BodySink;
  /** Sends bytes that are a whole message with its head (an errorfile), then closes if `close`. */
  respondRaw(message: Uint8Array, close: boolean): void;
  /** After a 101 or a 2xx of CONNECT was given to `respond`: the stream itself, in both directions. */
  tunnel(): Wire;
  /** Breaks it off: RST_STREAM, or the connection closed (with `reset` by RST). */
  abort(reset?: boolean): void;
  /** Called when the answer is wholly given to the kernel, or will never be. */
  onFinished: () => void;
}

/** A request that could not be read, so that there is no exchange; the connection ends after the answer. */
export interface BadRequest {
  readonly info: WireInfo;
  /** 400 malformed, 408 too slow, 414 or 431 too large (HAProxy says 400), 501, 505. */
  readonly status: number;
  /** What is wrong, in words; and where in `bytes`. */
  readonly reason: string;
  readonly position: number;
  /** What had come of it. */
  readonly bytes: Buffer;
  readonly times: ExchangeTimes;
  readonly number: number;
  /** Nothing had come: the client connected and left ("silent"), or waited too long ("timeout"). */
  readonly kind: "malformed" | "timeout" | "closed" | "silent";
  /** Answers (or with undefined says nothing) and closes. */
  answer(message: Uint8Array | undefined): void;
  readonly sentBytes: number;
}

/** What a client's connection does with its requests. */
export interface ServerHandler {
  onExchange(exchange: Exchange): void;
  onBadRequest(bad: BadRequest): void;
  /** The connection is gone; all exchanges have ended. */
  onClosed(): void;
  /** The first byte of a request's head has come (HTTP/1). */
  onHeadBegun?(): void;
}

/** A client's connection, for who gave it away to be served. */
export interface ServerConnection {
  /** Closes it where it only waits for a further request; one that waits for its first, or has begun another, goes on. */
  closeIfIdle(): void;
}

export interface ServerOptions {
  /** The head may have so many bytes (tune.bufsize - tune.maxrewrite) and fields. */
  readonly maxHeadBytes: number;
  readonly maxFields: number;
  /** 0: none. `idle` is until the first byte of a further request, `head` until the head is whole. */
  readonly headTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly acceptInvalid: boolean;
  /** See HeadLimits. */
  readonly keepsFields?: boolean;
  readonly onlyHttp1?: boolean;
  /** HTTP/2 without TLS by its preface ("h2c"), as HAProxy does where it isn't forbidden. */
  readonly allowH2Preface: boolean;
  readonly http2?: {
    readonly maxConcurrentStreams?: number;
    readonly initialWindowSize?: number;
    readonly maxFrameSize?: number;
    readonly headerTableSize?: number;
  };
}

/** A connection to a server, which carries one exchange at a time (HTTP/1) or several (HTTP/2). */
export interface ClientConnection {
  readonly info: WireInfo;
  readonly version: HttpVersion;
  /** Whether a further request may be given to it now. */
  readonly available: boolean;
  /** How many it has carried. */
  readonly served: number;
  readonly destroyed: boolean;
  /** It became idle, or was closed: for the pool. */
  onIdle: () => void;
  onClosed: (error: Error | undefined) => void;
  request(
    head: RequestHead,
    length: BodyLength,
    handler: ClientHandler,
    options?: { close?: boolean },
  ): ClientRequest;
  close(): void;
}

/** A request that is being sent to a server. */
export interface ClientRequest {
  readonly sink: BodySink;
  /** Bytes received of the answer, with its head and framing. */
  readonly receivedBytes: number;
  /** Bytes sent of the request, with its head and framing, while no other was given to the connection; not known of HTTP/2. */
  readonly sentBytes?: number;
  /** Whether any byte of the answer has come: after that nothing is tried again. */
  readonly answered: boolean;
  /** After a 101 (or a 2xx of CONNECT): the stream itself. */
  tunnel(): Wire;
  abort(): void;
}

export type ClientFailure = "empty" | "reset" | "malformed" | "refused";

/** What came instead of an answer, and where in it the fault is: bytes from its beginning. */
export interface MalformedMessage {
  readonly reason: string;
  readonly position: number;
  readonly bytes: Buffer;
}

export interface ClientHandler {
  onInform(head: ResponseHead): void;
  /** `headBytes`: of the head as it came. */
  onResponse(head: ResponseHead, body: BodySource, headBytes: number): void;
  /**
   * No answer, or only a part of one. "refused": the stream wasn't processed (HTTP/2), or the connection was closed before a byte was answered ("empty");
   * "malformed" is what HAProxy answers 502 for. After a whole answer "reset": the server doesn't take the rest of the request.
   */
  onFailed(why: ClientFailure, detail: MalformedMessage | undefined): void;
}
