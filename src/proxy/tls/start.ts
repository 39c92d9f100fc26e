import type { Socket } from "node:net";
import type { ConnectOptions, TlsClient, TlsServer } from "../wire/listen.js";
import type { WireInfo } from "../wire/wire.js";
import { ClientTls } from "./client.js";
import type { TlsStart } from "./handshake.js";
import { ServerTls } from "./server.js";

/** Begins TLS as a client over a connected socket; gives what breaks it off. */
export function tlsOver(
  tls: TlsClient,
  options: Pick<ConnectOptions, "serverName" | "alpn">,
  socket: Socket,
  info: WireInfo,
  start: TlsStart,
): () => void {
  if (!(tls instanceof ClientTls)) throw new TypeError("a TlsClient is made by makeTlsClient");
  return tls.start(options, socket, info, start);
}

/** Begins TLS as a server over an accepted socket, of which nothing has been read but what was put back. */
export function tlsAccept(tls: TlsServer, socket: Socket, info: WireInfo, start: TlsStart): () => void {
  if (!(tls instanceof ServerTls)) throw new TypeError("a TlsServer is made by makeTlsServer");
  return tls.accept(socket, info, start);
}
