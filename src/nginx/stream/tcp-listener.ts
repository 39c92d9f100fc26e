import type { Listen } from "../../config/nginx/model/index.js";
import type { Log } from "../../errors.js";
import { listen, type Wire, type WireListener } from "../../proxy/index.js";
import { StreamConnection } from "./connection.js";
import { sayConnected } from "./say.js";
import { Session } from "./session.js";
import type { StreamServer } from "./settings.js";

/** What all listeners of a thread share. */
export interface StreamContext {
  readonly log: Log;
  /** The number of the next connection. */
  nextNumber(): number;
}

/** A listening TCP or Unix socket of a server, and the sessions that came by it. */
export class TcpListener {
  readonly #listen: Listen;
  readonly #server: StreamServer;
  readonly #context: StreamContext;
  readonly #connections = new Set<StreamConnection>();
  #listener: WireListener | undefined;
  #onIdle: () => void = () => {};

  constructor(listens: Listen, server: StreamServer, context: StreamContext) {
    this.#listen = listens;
    this.#server = server;
    this.#context = context;
  }

  /** `fd`: a socket that listens already. Rejects with node:net's error where it can't listen. */
  async start(fd: number | undefined): Promise<void> {
    const { host, port, path, backlog, ipv6Only, proxyProtocol } = this.#listen;
    const where = fd !== undefined ? { fd } : path !== undefined ? { path } : { host, port, ipv6Only };
    this.#listener = await listen(
      {
        ...where,
        ...(backlog === undefined ? {} : { backlog }),
        acceptProxy: proxyProtocol,
        handshakeTimeoutMs: proxyProtocol ? this.#server.proxyProtocolTimeoutMs : 0,
      },
      {
        onAccept: () => true,
        onWire: (wire) => this.#accepted(wire),
        onHandshakeFailed: ({ source, destination }, code, message) => {
          const session = new Session(this.#context.nextNumber(), "TCP", source, destination);
          if (code !== "timeout")
            this.#context.log.error(
              `*${session.number} broken header: ${message} while reading PROXY protocol`,
            );
          session.end(code === "timeout" ? 200 : 400, this.#server.logs);
        },
      },
    );
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Takes no more; sessions that there are go on. Fulfilled when the last one has ended. */
  quit(): Promise<void> {
    this.#listener?.close();
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  stop(): void {
    this.#listener?.close();
    for (const connection of [...this.#connections]) connection.stop();
  }

  #accepted(wire: Wire): void {
    const { realSource, realDestination, proxyProtocol } = wire.info;
    const number = this.#context.nextNumber();
    const session = new Session(number, "TCP", realSource, realDestination, proxyProtocol);
    const connection = new StreamConnection(session, wire, this.#server, this.#context.log, (ended) => {
      this.#connections.delete(ended);
      if (this.#connections.size === 0) this.#onIdle();
    });
    this.#connections.add(connection);
    sayConnected(this.#context.log, session, this.#listen.text);
    connection.start(this.#listen.ssl);
  }
}
