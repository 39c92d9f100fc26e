import { type ConnectFailure, notServerName, notVerifyHost } from "../../proxy/index.js";
import type { Stream } from "./stream.js";

/** For bc_err, ssl_bc_err and the like: what became of a connection to the stream's server that wasn't made. */
export function noteConnectFailure(stream: Stream, failure: ConnectFailure): void {
  stream.serverInfo = failure.info;
  stream.serverError = connectError(failure);
}

const systemErrors: Readonly<Record<string, number>> = {
  EMFILE: 2,
  ENFILE: 3,
  ENOBUFS: 4,
  ENOMEM: 4,
  EAFNOSUPPORT: 5,
  EPROTONOSUPPORT: 5,
  EAGAIN: 9,
  EADDRNOTAVAIL: 9,
  EADDRINUSE: 10,
};

/** HAProxy's number (connection-t.h, CO_ER_*). undefined: it has none for a peer that refuses or is silent; then its samples are empty, too. */
export function connectError({ step, code, call, timedOut }: ConnectFailure): number | undefined {
  if (timedOut) return undefined;
  if (step === "socks4") return code === "SOCKS4_REJECTED" ? 41 : 40;
  if (step === "tls") {
    if (code === notVerifyHost) return 32;
    return code === notServerName ? 33 : 34;
  }
  // What connect() itself refuses is told; a peer's refusal comes later, and isn't.
  if (step === "connect") return undefined;
  return call === "bind" ? 8 : (systemErrors[code] ?? 6);
}
