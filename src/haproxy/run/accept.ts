import type { Endpoint, TlsInfo, Wire } from "../../proxy/index.js";
import type { ListenerRun } from "./proxy.js";

/**
 * Who is given a listener's connections: sessions (stream), the runtime socket (stats), peers.
 *
 * Limits are kept, and connections counted (those of now of listener, front end and process, "connections", "sessionsMax", connectionRate), by who accepts
 * (assemble). Sessions count what comes after the rules of `tcp-request connection`: "sessions", sessionRate.
 */
export interface ConnectionHandler {
  /** As soon as it is accepted, before any handshake; false closes it at once. */
  onAccept?(listener: ListenerRun, source: Endpoint, destination: Endpoint): boolean;
  /** Whether a PROXY protocol head is expected though the bind line doesn't say so (tcp-request connection expect-proxy). */
  expectsProxy?(listener: ListenerRun, source: Endpoint): boolean;
  /** After the handshakes. `closed` is called once, when the connection is gone: it is counted off, and one that waits may come. */
  onWire(listener: ListenerRun, wire: Wire, acceptedAt: number, closed: () => void): void;
  onHandshakeFailed?(
    listener: ListenerRun,
    info: { source: Endpoint; destination: Endpoint; tls?: TlsInfo | undefined },
    code: string,
    message: string,
    acceptedAt: number,
  ): void;
}
