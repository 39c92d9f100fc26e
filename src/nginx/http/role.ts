import {
  type BadRequest,
  type Exchange,
  listen,
  type ServerConnection,
  serveHttp,
  type TlsServer,
  type Wire,
  type WireListener,
} from "../../proxy/index.js";
import { answerBadRequest } from "./bad-request.js";
import { beginRequest } from "./begin-request.js";
import type { Http, HttpAddress } from "./compile/http.js";
import { type ErrorLog, HttpConnection } from "./connection.js";
import { coveringAddress } from "./covered.js";
import { type ConnectionSettings, connectionSettings, listenOptions } from "./listen-settings.js";

/** An http block that serves. */
export interface HttpRun {
  /** Nothing is accepted any more; `idle` when the last connection has ended. Connections that wait for a request are closed. */
  quit(): Promise<void>;
  /** Ends all at once. */
  stop(): void;
}

export interface HttpRunOptions {
  /** The socket of an address that is bound already, by its text ("0.0.0.0:80"). */
  readonly socketOf: (address: string) => number | undefined;
  readonly tlsOf: (address: HttpAddress) => TlsServer | undefined;
  readonly log: ErrorLog;
  /** How many clients there may be at a time; by default any number. */
  readonly mostConnections?: number;
}

/** Listens at all addresses of an http block, or at none. Rejects with node:net's error. */
export async function startHttp(http: Http, options: HttpRunOptions): Promise<HttpRun> {
  const run = new Run(http, options);
  try {
    for (const address of http.addresses) await run.open(address);
    for (const check of http.checks) check.start();
  } catch (error) {
    run.stop();
    throw error;
  }
  return run;
}

/** A connection that there is. */
interface Member {
  readonly wire: Wire;
  readonly connection: HttpConnection;
  served: ServerConnection | undefined;
  /** It is one of those that wait for a request. */
  waits: boolean;
  requests: number;
}

class Run implements HttpRun {
  readonly #http: Http;
  readonly #options: HttpRunOptions;
  readonly #listeners: WireListener[] = [];
  readonly #connections = new Set<Member>();
  #quitting = false;
  /** When it was told last that connections had to give way. */
  #toldAt = Number.NEGATIVE_INFINITY;
  #onIdle: () => void = () => {};

  constructor(http: Http, options: HttpRunOptions) {
    this.#http = http;
    this.#options = options;
  }

  async open(address: HttpAddress): Promise<void> {
    const { addresses } = this.#http;
    if (coveringAddress(address, addresses) !== undefined) return;
    const covered = new Map(
      addresses
        .filter((each) => coveringAddress(each, addresses) === address)
        .map((each) => [each.listen.host, each]),
    );
    const tls = address.listen.ssl ? this.#options.tlsOf(address) : undefined;
    const settings = connectionSettings(address.blocks[0]!.block);
    this.#listeners.push(
      await listen(
        listenOptions(address, tls, this.#options.socketOf(address.listen.text), settings.headTimeoutMs),
        {
          onAccept: () => {
            this.#http.counts.accepted++;
            return !this.#quitting && this.#hasRoom();
          },
          onWire: (wire, acceptedAt) => {
            const at = covered.get(wire.info.realDestination.host) ?? address;
            this.#serve(
              wire,
              at,
              acceptedAt,
              at === address ? settings : connectionSettings(at.blocks[0]!.block),
            );
          },
          onHandshakeFailed: ({ source }, code, message) => {
            if (code === "timeout") return;
            this.#options.log(
              "info",
              `SSL_do_handshake() failed (SSL: ${message}) while SSL handshaking, client: ${source.host}`,
            );
          },
        },
      ),
    );
  }

  async quit(): Promise<void> {
    this.#quitting = true;
    for (const check of this.#http.checks) check.stop();
    for (const listener of this.#listeners) listener.close();
    for (const { connection, served } of [...this.#connections]) {
      connection.closes = true;
      served?.closeIfIdle();
    }
    if (this.#connections.size > 0)
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    this.#end();
  }

  stop(): void {
    this.#quitting = true;
    for (const listener of this.#listeners) listener.close();
    for (const { wire } of [...this.#connections]) wire.destroy();
    this.#end();
  }

  #end(): void {
    for (const check of this.#http.checks) check.stop();
    for (const upstream of this.#http.upstreams()) upstream.close();
  }

  /** Whether another client may come. Where there are as many as may be, one that only waits for a further request gives way (ngx_drain_connections). */
  #hasRoom(): boolean {
    const { mostConnections: most = Number.POSITIVE_INFINITY, log } = this.#options;
    if (this.#connections.size < most) return true;
    for (const member of this.#connections) {
      if (!member.waits || member.connection.requests === 0) continue;
      // Who comes next finds another one, also if this one's end is told later.
      this.#connections.delete(member);
      member.wire.destroy();
      this.#tellReuse(most);
      return true;
    }
    log("alert", `${most} worker_connections are not enough`);
    return false;
  }

  /** Once a second. */
  #tellReuse(most: number): void {
    const now = performance.now();
    if (now - this.#toldAt < 1000) return;
    this.#toldAt = now;
    this.#options.log("warn", `${most} worker_connections are not enough, reusing connections`);
  }

  #serve(wire: Wire, address: HttpAddress, acceptedAt: number, settings: ConnectionSettings): void {
    const { counts } = this.#http;
    counts.handled++;
    counts.active++;
    counts.waiting++;
    const connection = new HttpConnection(wire.info, acceptedAt, this.#options.log);
    const member: Member = { wire, connection, served: undefined, waits: true, requests: 0 };
    this.#connections.add(member);
    member.served = serveHttp(
      wire,
      {
        ...settings,
        maxFields: 1000,
        acceptInvalid: false,
        keepsFields: true,
        onlyHttp1: true,
        allowH2Preface: address.listen.http2 && !address.listen.ssl,
      },
      {
        onExchange: (exchange) => this.#exchange(exchange, member, address),
        onBadRequest: (bad) => this.#bad(bad, connection, address),
        onHeadBegun: () => this.#began(member),
        onClosed: () => {
          counts.active--;
          this.#began(member);
          this.#connections.delete(member);
          if (this.#quitting && this.#connections.size === 0) this.#onIdle();
        },
      },
      acceptedAt,
    );
  }

  #exchange(exchange: Exchange, member: Member, address: HttpAddress): void {
    const { counts } = this.#http;
    counts.requests++;
    this.#began(member);
    member.requests++;
    counts.writing++;
    beginRequest(exchange, member.connection, address, this.#quitting, () => {
      counts.writing--;
      if (--member.requests === 0 && this.#connections.has(member)) {
        member.waits = true;
        counts.waiting++;
      }
      // Its answer's head may have said that the connection stays.
      if (this.#quitting) setImmediate(() => member.served?.closeIfIdle());
    });
  }

  /** It doesn't wait any more. */
  #began(member: Member): void {
    if (member.waits) this.#http.counts.waiting--;
    member.waits = false;
  }

  #bad(bad: BadRequest, connection: HttpConnection, address: HttpAddress): void {
    answerBadRequest(bad, connection, address.names.fallback);
  }
}
