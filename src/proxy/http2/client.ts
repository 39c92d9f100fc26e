import { type ClientHttp2Session, connect as http2Connect } from "node:http2";
import type { ClientConnection, ClientHandler, ClientRequest } from "../http/exchange.js";
import type { BodyLength, HttpVersion, RequestHead } from "../http/message.js";
import { duplexOf } from "../wire/duplex.js";
import type { Wire, WireInfo } from "../wire/wire.js";
import { Http2ClientRequest } from "./client-request.js";

function ignore(): void {}

/** A connection to a server over HTTP/2, by node:http2: several requests at once. */
export class Http2ClientConnection implements ClientConnection {
  readonly info: WireInfo;
  readonly version: HttpVersion = "2.0";
  served = 0;
  onIdle: () => void = ignore;
  onClosed: (error: Error | undefined) => void = ignore;
  readonly #session: ClientHttp2Session;
  readonly #maxStreams: number;
  #open = 0;
  #error: Error | undefined;
  #settled = false;
  #waiting: (() => void)[] = [];

  constructor(wire: Wire, options: { maxHeadBytes: number; maxFields: number; maxStreams?: number }) {
    this.info = wire.info;
    this.#maxStreams = options.maxStreams ?? 100;
    const duplex = duplexOf(wire);
    const session = http2Connect(wire.info.tls === undefined ? "http://localhost" : "https://localhost", {
      createConnection: () => duplex,
      settings: { enablePush: false, maxHeaderListSize: options.maxHeadBytes },
      maxHeaderListPairs: options.maxFields + 8,
    });
    this.#session = session;
    duplex.on("error", ignore);
    session.on("error", (error: Error) => {
      this.#error ??= error;
    });
    session.once("remoteSettings", () => this.#settle());
    session.on("close", () => {
      this.#settle();
      this.onClosed(this.#error);
    });
  }

  /** @internal The server has said what it can (extended CONNECT needs to know), or never will. */
  whenSettled(work: () => void): void {
    if (this.#settled) work();
    else this.#waiting.push(work);
  }

  #settle(): void {
    this.#settled = true;
    for (const work of this.#waiting.splice(0)) work();
  }

  /** @internal */
  get session(): ClientHttp2Session {
    return this.#session;
  }

  get available(): boolean {
    const session = this.#session;
    if (session.closed || session.destroyed) return false;
    const limit = this.#settled ? (session.remoteSettings.maxConcurrentStreams ?? Infinity) : Infinity;
    return this.#open < Math.min(limit, this.#maxStreams);
  }

  get destroyed(): boolean {
    return this.#session.destroyed || this.#session.closed;
  }

  request(head: RequestHead, length: BodyLength, handler: ClientHandler): ClientRequest {
    this.#open++;
    const request = new Http2ClientRequest(this, head, length, handler);
    request.begin();
    return request;
  }

  /** @internal A stream is closed. */
  ended(): void {
    this.#open--;
    this.served++;
    if (this.#open === 0 && !this.destroyed) this.onIdle();
  }

  close(): void {
    const session = this.#session;
    if (session.destroyed) return;
    if (this.#open === 0) session.destroy();
    else session.close();
  }
}
