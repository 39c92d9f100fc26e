import type { Server } from "../../config/haproxy/model/index.js";
import {
  type ClientConnection,
  type ClientOptions,
  type ConnectFailure,
  type ConnectOptions,
  connect,
  openHttp,
  type ServerConnection,
  type ServerHandler,
  type ServerOptions,
  serveHttp,
  type TlsClient,
  type Wire,
} from "../../proxy/index.js";

/** What streams need of the engine (src/proxy); tests give one in memory. */
export interface StreamEngine {
  connect(
    options: ConnectOptions,
    handler: { onConnected(wire: Wire): void; onFailed(failure: ConnectFailure): void },
  ): { cancel(): void };
  /** Reads requests from a client's wire: HTTP/1, or HTTP/2 where its ALPN or preface says so. */
  serve(
    wire: Wire,
    options: ServerOptions,
    handler: ServerHandler,
    acceptedAt: number,
    protocol?: "h1" | "h2",
  ): ServerConnection;
  /** Speaks HTTP to a server: HTTP/2 where ALPN chose it, or `protocol` says so. */
  speak(wire: Wire, options: ClientOptions, protocol: "h1" | "h2" | undefined): ClientConnection;
  /** A server's TLS settings, files read; made once for each. */
  tlsClient(server: Server): TlsClient | undefined;
}

/** The engine itself. Who assembles the process reads the certificates. */
export function realEngine(tlsClient: StreamEngine["tlsClient"]): StreamEngine {
  return { connect, serve: serveHttp, speak: openHttp, tlsClient };
}
