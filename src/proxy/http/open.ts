import { type ClientOptions, Http1ClientConnection } from "../http1/client-connection.js";
import { Http2ClientConnection } from "../http2/client.js";
import type { Wire } from "../wire/wire.js";
import type { ClientConnection } from "./exchange.js";

/** Makes a connection to a server carry requests: HTTP/2 where ALPN said so, or `protocol` does; otherwise HTTP/1. */
export function openHttp(wire: Wire, options: ClientOptions, protocol?: "h1" | "h2"): ClientConnection {
  if (protocol === "h2" || (protocol === undefined && wire.info.tls?.alpn === "h2"))
    return new Http2ClientConnection(wire, options);
  return new Http1ClientConnection(wire, options);
}
