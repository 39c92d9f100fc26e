import { createHash } from "node:crypto";
import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { BodySink, ClientHandler, ClientRequest } from "../http/exchange.js";
import type { Headers } from "../http/headers.js";
import type { BodyLength, RequestHead, ResponseHead } from "../http/message.js";
import { originForm } from "../http/target.js";
import { DuplexWire } from "../wire/duplex.js";
import type { Wire } from "../wire/wire.js";
import { Http2Body } from "./body.js";
import type { Http2ClientConnection } from "./client.js";
import { headersOf, outgoing } from "./headers.js";
import { Http2Sink } from "./sink.js";

const { NGHTTP2_REFUSED_STREAM, NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = constants;

/** What node:http2 tells, the raw list of fields included (types don't have it). */
interface HeadEvents {
  on(
    event: "headers" | "response",
    listener: (fields: IncomingHttpHeaders & { ":status"?: number }, flags: number, raw: string[]) => void,
  ): void;
}

/** Takes what comes before the stream can be opened. */
class WaitingSink implements BodySink {
  onDrain: () => void = () => {};
  #real: BodySink | undefined;
  #held: Buffer[] = [];
  #ended: { trailers: Headers | undefined } | undefined;

  write(bytes: Uint8Array): boolean {
    if (this.#real !== undefined) return this.#real.write(bytes);
    this.#held.push(Buffer.from(bytes));
    return false;
  }

  end(trailers?: Headers): void {
    if (this.#real !== undefined) this.#real.end(trailers);
    else this.#ended = { trailers };
  }

  become(real: BodySink): void {
    this.#real = real;
    real.onDrain = () => this.onDrain();
    const held = this.#held.splice(0);
    let free = true;
    for (const bytes of held) free = real.write(bytes);
    if (this.#ended !== undefined) real.end(this.#ended.trailers);
    else if (held.length > 0 && free) this.onDrain();
  }
}

/** One request over HTTP/2. An upgrade (RFC 8441) waits until the server has said whether it takes it. */
export class Http2ClientRequest implements ClientRequest {
  readonly sink: BodySink;
  answered = false;
  readonly #connection: Http2ClientConnection;
  readonly #head: RequestHead;
  readonly #length: BodyLength;
  readonly #handler: ClientHandler;
  readonly #protocol: string | undefined;
  #stream: ClientHttp2Stream | undefined;
  #body: Http2Body | undefined;
  #wire: DuplexWire | undefined;
  #headBytes = 0;
  #aborted = false;
  #failed = false;
  #over = false;

  constructor(
    connection: Http2ClientConnection,
    head: RequestHead,
    length: BodyLength,
    handler: ClientHandler,
  ) {
    this.#connection = connection;
    this.#head = head;
    this.#length = length;
    this.#handler = handler;
    const asks = /(?:^|[,\s])upgrade(?:[,\s]|$)/i.test(head.headers.get("connection") ?? "");
    this.#protocol = asks ? head.headers.get("upgrade") : undefined;
    this.sink = new WaitingSink();
  }

  get receivedBytes(): number {
    return this.#headBytes + (this.#wire?.bytesRead ?? this.#body?.received ?? 0);
  }

  begin(): void {
    if (this.#protocol === undefined) this.#open();
    else this.#connection.whenSettled(() => this.#open());
  }

  #open(): void {
    if (this.#aborted) {
      this.#finish();
      return;
    }
    const { session } = this.#connection;
    const tunnel = this.#protocol !== undefined || this.#head.method === "CONNECT";
    if (session.destroyed || session.closed) {
      queueMicrotask(() => this.#fail("refused"));
      return;
    }
    if (this.#protocol !== undefined && !session.remoteSettings.enableConnectProtocol) {
      queueMicrotask(() => this.#fail("malformed", "the server takes no other protocol within HTTP/2"));
      return;
    }
    const bodiless = this.#length === 0 && !tunnel;
    let stream: ClientHttp2Stream;
    try {
      stream = session.request(this.#fields(), {
        endStream: bodiless,
        waitForTrailers: !bodiless && !tunnel,
      });
    } catch (error) {
      queueMicrotask(() => this.#fail("malformed", (error as Error).message));
      return;
    }
    this.#stream = stream;
    stream.on("error", () => {});
    const events = stream as unknown as HeadEvents;
    events.on("headers", (fields, _flags, raw) =>
      this.#handler.onInform(responseOf(Number(fields[":status"]), headersOf(raw))),
    );
    events.on("response", (fields, flags, raw) => this.#responded(Number(fields[":status"]), flags, raw));
    stream.on("close", () => this.#closed());
    (this.sink as WaitingSink).become(
      new Http2Sink(stream, this.#length === "close" ? "chunked" : this.#length, !bodiless && !tunnel),
    );
  }

  #fields(): OutgoingHttpHeaders {
    const { method, target, headers, scheme, authority } = this.#head;
    const host = headers.get("host") ?? authority;
    const rest = headers.copy();
    rest.remove("host");
    if (typeof this.#length !== "number") rest.remove("content-length");
    else if (this.#length > 0 || rest.has("content-length")) rest.set("content-length", String(this.#length));
    const pseudo: OutgoingHttpHeaders = { ":method": method };
    if (method === "CONNECT") {
      pseudo[":authority"] = target;
      return outgoing(pseudo, rest);
    }
    if (this.#protocol !== undefined) {
      pseudo[":method"] = "CONNECT";
      pseudo[":protocol"] = this.#protocol;
      rest.remove("sec-websocket-key");
    }
    pseudo[":scheme"] = scheme ?? "https";
    if (host !== undefined) pseudo[":authority"] = host;
    pseudo[":path"] = originForm(target);
    return outgoing(pseudo, rest);
  }

  #responded(status: number, flags: number, raw: string[]): void {
    if (this.#aborted) return;
    const stream = this.#stream as ClientHttp2Stream;
    this.answered = true;
    const headers = headersOf(raw);
    this.#headBytes = raw.reduce((sum, each) => sum + each.length + 2, 9);
    const ok = status >= 200 && status < 300;
    if (this.#protocol !== undefined && ok) {
      headers.set("connection", "upgrade");
      headers.set("upgrade", this.#protocol);
      const key = this.#head.headers.get("sec-websocket-key");
      if (key !== undefined) headers.set("sec-websocket-accept", websocketAccept(key));
      this.#body = new Http2Body({ resume() {} } as unknown as ClientHttp2Stream, 0, () => {});
      this.#handler.onResponse(
        { ...responseOf(101, headers), reason: "Switching Protocols" },
        this.#body,
        this.#headBytes,
      );
      return;
    }
    if (this.#head.method === "CONNECT" && ok) {
      this.#body = new Http2Body({ resume() {} } as unknown as ClientHttp2Stream, 0, () => {});
      this.#handler.onResponse(responseOf(status, headers), this.#body, this.#headBytes);
      return;
    }
    const bodiless =
      (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0 ||
      this.#head.method === "HEAD" ||
      status === 204 ||
      status === 304;
    const said = headers.get("content-length");
    const length: BodyLength = bodiless
      ? 0
      : said !== undefined && /^\d{1,15}$/.test(said)
        ? Number(said)
        : "chunked";
    this.#body = new Http2Body(stream, length, () => {});
    this.#handler.onResponse(responseOf(status, headers), this.#body, this.#headBytes);
  }

  #closed(): void {
    const code = this.#stream?.rstCode ?? NGHTTP2_NO_ERROR;
    if (!this.answered)
      this.#fail(
        code === NGHTTP2_REFUSED_STREAM ? "refused" : this.#connection.session.destroyed ? "empty" : "reset",
      );
    else if (this.#body?.ended === false) this.#body.break("aborted");
    else if (this.#stream?.aborted) this.#fail("reset"); // the server doesn't take the rest of the request
    this.#finish();
  }

  #fail(why: "empty" | "reset" | "malformed" | "refused", reason?: string): void {
    if (!this.#failed && !this.#aborted) {
      this.#failed = true;
      this.#handler.onFailed(
        why,
        reason === undefined ? undefined : { reason, position: 0, bytes: Buffer.alloc(0) },
      );
    }
    if (this.#stream === undefined) this.#finish();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#connection.ended();
  }

  tunnel(): Wire {
    return (this.#wire ??= new DuplexWire(this.#stream as ClientHttp2Stream, this.#connection.info));
  }

  abort(): void {
    this.#aborted = true;
    if (this.#stream !== undefined && !this.#stream.destroyed) this.#stream.close(NGHTTP2_CANCEL);
  }
}

function responseOf(status: number, headers: Headers): ResponseHead {
  return { status, reason: "", version: "2.0", headers };
}

/** RFC 6455 section 4.2.2. */
function websocketAccept(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}
