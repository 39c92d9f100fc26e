import type { PortRange } from "./port-range.js";
import type { Endpoint, TlsInfo, Wire, WireInfo } from "./wire.js";

/** Where and how to listen. Exactly one of `fd`, `path` and `host` + `port` is given. */
export interface ListenOptions {
  /** A descriptor that listens already (inherited, or made by sys/ with SO_REUSEPORT and its like). It is the listener's from now on. */
  readonly fd?: number;
  readonly path?: string;
  readonly host?: string;
  readonly port?: number;
  readonly backlog?: number;
  readonly ipv6Only?: boolean;
  /** TLS is begun on each connection, after the PROXY protocol's head; see tls/. */
  readonly tls?: TlsServer;
  /** Every connection, or those whose source `acceptProxy` is true for, begins with a PROXY protocol head. */
  readonly acceptProxy?: boolean | ((source: Endpoint) => boolean);
  /** Until PROXY protocol and TLS are done; 0: no limit. */
  readonly handshakeTimeoutMs: number;
}

/** Made by tls/: holds the certificates, which may be changed while it runs. */
export interface TlsServer {
  readonly kind: "tls-server";
}

export interface ListenHandler {
  /** Asked as soon as a connection is accepted, before any handshake; false closes it at once. */
  onAccept(source: Endpoint, destination: Endpoint): boolean;
  /** After the handshakes; `acceptedAt` and now are of the monotonic clock. */
  onWire(wire: Wire, acceptedAt: number): void;
  /** A handshake failed: HAProxy logs such a line. `code` is OpenSSL's or ours ("proxy-header", "timeout"). */
  onHandshakeFailed(
    info: { source: Endpoint; destination: Endpoint; tls?: TlsInfo | undefined },
    code: string,
    message: string,
    acceptedAt: number,
  ): void;
}

export interface WireListener {
  readonly addresses: readonly Endpoint[];
  /** No connection is accepted (they wait in the kernel) until `resume`. */
  pause(): void;
  resume(): void;
  /** Stops listening; connections that there are go on. */
  close(): void;
}

/** Where and how to connect. Exactly one of `path` and `host` + `port`; `host` is an address, never a name. */
export interface ConnectOptions {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string; // abstract where it begins with \0
  readonly timeoutMs: number; // 0: no limit; of the whole: TCP, SOCKS4, PROXY protocol sent, TLS
  readonly localAddress?: string;
  readonly localPort?: number;
  /** Instead of one port: the first of these that is free, in turn. */
  readonly localPorts?: PortRange;
  /** IP_TRANSPARENT, to connect from an address that isn't ours (usesrc). */
  readonly transparent?: boolean;
  readonly interface?: string;
  readonly socks4?: { readonly host: string; readonly port: number };
  /** The whole head, made by proxy-protocol/. */
  readonly proxyHeader?: Buffer;
  readonly tls?: TlsClient;
  readonly serverName?: string; // SNI
  readonly alpn?: readonly string[];
  readonly noDelay?: boolean;
  readonly keepAlive?: boolean;
  /**
   * The handshake's last ACK waits for something to be sent with it: who only wants to know whether there is a listener, and then resets,
   * leaves it undisturbed. Without effect where node:net makes the socket.
   */
  readonly delayAck?: boolean;
}

export interface TlsClient {
  readonly kind: "tls-client";
}

export interface ConnectFailure {
  /** In which step it failed, and Node's code (ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH …) or OpenSSL's. */
  readonly step: "connect" | "socks4" | "tls" | "local";
  readonly code: string;
  readonly message: string;
  readonly timedOut: boolean;
  /** The system call that failed: socket, bind, connect; undefined where it was none. */
  readonly call?: string | undefined;
  /** How far it had come: the addresses as far as they are known, and TLS where it was begun. */
  readonly info?: WireInfo | undefined;
}
