import type { ClientRequest } from "../http/exchange.js";
import type { BodyLength, RequestHead } from "../http/message.js";
import type { Wire } from "../wire/wire.js";
import type { Http1ClientConnection } from "./client-connection.js";
import { Http1Sink } from "./sink.js";

export class Http1ClientRequest implements ClientRequest {
  readonly sink: Http1Sink;
  readonly method: string;
  answered = false;
  /** @internal It was never sent. */
  dead = false;
  readonly #connection: Http1ClientConnection;
  readonly #readBefore: number;
  readonly #writtenBefore: number;
  #readInAll = -1;

  constructor(connection: Http1ClientConnection, head: RequestHead, length: BodyLength) {
    this.#connection = connection;
    this.method = head.method;
    this.#readBefore = connection.wire.bytesRead;
    this.#writtenBefore = connection.wire.bytesWritten;
    this.sink = new Http1Sink(connection.wire, length, (sink) => {
      if (!this.dead) connection.requestSent(sink.short);
    });
  }

  get receivedBytes(): number {
    return this.#readInAll >= 0 ? this.#readInAll : this.#connection.wire.bytesRead - this.#readBefore;
  }

  get sentBytes(): number {
    return this.#connection.wire.bytesWritten - this.#writtenBefore;
  }

  /** @internal What comes now isn't this request's any more. */
  finish(): void {
    if (this.#readInAll < 0) this.#readInAll = this.#connection.wire.bytesRead - this.#readBefore;
  }

  tunnel(): Wire {
    return this.#connection.tunnel();
  }

  abort(): void {
    this.dead = true;
    this.#connection.abort(this);
  }
}
