import { Http1ServerConnection } from "../http1/server-connection.js";
import { PrefaceReader } from "../http2/preface.js";
import { Http2ServerConnection } from "../http2/server.js";
import type { Wire } from "../wire/wire.js";
import type { ServerConnection, ServerHandler, ServerOptions } from "./exchange.js";

/**
 * Reads requests from a client's connection: HTTP/2 where TLS's ALPN said so ("h2"), `protocol` says so, or (with `allowH2Preface`) its
 * preface comes; otherwise HTTP/1. `acceptedAt` is when the connection was accepted (performance.now()).
 */
export function serveHttp(
  wire: Wire,
  options: ServerOptions,
  handler: ServerHandler,
  acceptedAt = performance.now(),
  protocol?: "h1" | "h2",
): ServerConnection {
  if (protocol === "h2" || (protocol === undefined && wire.info.tls?.alpn === "h2"))
    return new Http2ServerConnection(wire, options, handler, acceptedAt);
  const http1 = new Http1ServerConnection(wire, options, handler, acceptedAt);
  if (protocol === "h1" || !options.allowH2Preface) {
    http1.start();
    return http1;
  }
  let connection: ServerConnection = http1;
  http1.start(
    new PrefaceReader((first) => {
      connection = new Http2ServerConnection(wire, options, handler, acceptedAt, first);
    }),
  );
  return { closeIfIdle: () => connection.closeIfIdle() };
}
