import type { ClientConnection, ConnectFailure, Wire } from "../../proxy/index.js";
import type { CheckEngine } from "../servers/surroundings.js";
import type { ConnectionError } from "./answer.js";
import type { ConnectTarget } from "./connect-target.js";
import { exchangeOverH2 } from "./h2-exchange.js";
import { requestBytes } from "./http-message.js";
import type { CheckResponse, HttpRequest } from "./steps.js";

export interface CheckConnectionOptions {
  readonly engine: CheckEngine;
  /** Its script speaks HTTP. */
  readonly http: boolean;
  readonly maxHeadBytes: number;
  readonly maxFields: number;
}

/** What a check hears of its connection; of one that was left nothing. */
export interface CheckConnectionHandler {
  onData(bytes: Buffer): void;
  /** What HTTP/2 has understood of the answer. */
  onMessage(response: CheckResponse, body: Buffer, complete: boolean): void;
  onEnd(error: ConnectionError | undefined): void;
}

/** The connection of a check: one at a time, by HTTP/1, HTTP/2 or as plain bytes. */
export class CheckConnection {
  readonly #options: CheckConnectionOptions;
  readonly #handler: CheckConnectionHandler;
  #connecting: { cancel(): void } | undefined;
  #wire: Wire | undefined;
  #h2: ClientConnection | undefined;
  #linger = false;
  #ended = false;
  /** Counts what was begun and left: what comes of one that was left is no concern. */
  #turn = 0;

  constructor(options: CheckConnectionOptions, handler: CheckConnectionHandler) {
    this.#options = options;
    this.#handler = handler;
  }

  get isTls(): boolean {
    return this.#wire?.info.tls !== undefined;
  }

  get isH2(): boolean {
    return this.#h2 !== undefined;
  }

  /** `delayAck`: who only wants to know of a listener leaves before its server is told of a connection. */
  connect(
    target: ConnectTarget,
    delayAck: boolean,
    done: { onConnected(): void; onFailed(failure: ConnectFailure): void },
  ): void {
    this.#linger = target.linger;
    const turn = this.#turn;
    const options = delayAck ? { ...target.options, delayAck } : target.options;
    this.#connecting = this.#options.engine.connect(options, {
      onConnected: (wire) => {
        if (turn !== this.#turn) {
          wire.destroy(true);
          return;
        }
        this.#connecting = undefined;
        this.#listen(wire);
        const header = target.header?.(wire.info);
        if (header !== undefined) wire.write(header);
        if (target.h2 || wire.info.tls?.alpn === "h2") this.#openH2(wire);
        done.onConnected();
      },
      onFailed: (failure) => {
        if (turn !== this.#turn) return;
        this.#connecting = undefined;
        done.onFailed(failure);
      },
    });
  }

  write(bytes: Uint8Array): void {
    this.#wire?.write(bytes);
  }

  pause(): void {
    this.#wire?.pause();
  }

  resume(): void {
    this.#wire?.resume();
  }

  request(request: HttpRequest): void {
    const h2 = this.#h2;
    if (h2 === undefined) {
      this.write(requestBytes(request));
      return;
    }
    exchangeOverH2(h2, request, {
      onProgress: (response, body, complete) => {
        if (this.#h2 === h2) this.#handler.onMessage(response, body, complete);
      },
      onFailed: () => {
        if (this.#h2 === h2) this.#end(undefined);
      },
    });
  }

  /** Without linger a connection is reset: neither side keeps anything of it. */
  close(linger = this.#linger): void {
    this.#turn++;
    this.#connecting?.cancel();
    this.#connecting = undefined;
    const h2 = this.#h2;
    this.#h2 = undefined;
    h2?.close();
    const wire = this.#wire;
    this.#wire = undefined;
    if (wire !== undefined && !wire.destroyed) {
      if (linger) wire.end();
      wire.destroy(!linger && !this.#ended);
    }
  }

  #listen(wire: Wire): void {
    this.#wire = wire;
    this.#ended = false;
    wire.handler = {
      onData: (bytes) => {
        if (this.#wire === wire) this.#handler.onData(bytes);
      },
      onEnd: () => {
        if (this.#wire === wire) this.#end(undefined);
      },
      onDrain: () => {},
      onClose: (error) => {
        if (this.#wire === wire) this.#end(error);
      },
    };
    wire.resume();
  }

  #end(error: ConnectionError | undefined): void {
    this.#ended = true;
    this.#handler.onEnd(error);
  }

  #openH2(wire: Wire): void {
    const { engine, http, maxHeadBytes, maxFields } = this.#options;
    if (http) this.#h2 = engine.speak?.(wire, { h2: true, maxHeadBytes, maxFields, acceptInvalid: false });
  }
}
