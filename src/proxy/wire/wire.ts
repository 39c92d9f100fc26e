/**
 * One side of a byte stream: a TCP or Unix socket, or TLS over one. Everything above is written against this, so that what moves
 * the bytes (node:net, later an epoll loop of our own) can be exchanged.
 *
 * Bytes given to `onData` are the wire's own and are overwritten after the call returns: copy what is kept. They may be given to
 * another wire's `write` at once: `write` never refers to the caller's bytes after it has returned.
 */
export interface Wire {
  readonly info: WireInfo;
  /** Set by who reads. Nothing is read before `resume` is called for the first time. */
  handler: WireHandler;
  /**
   * Sends bytes, or text of which each character is one byte (latin1).
   * Gives false when the peer takes less than it is given: stop until `onDrain`. The bytes are sent all the same.
   */
  write(bytes: Uint8Array | string): boolean;
  /** Several writes go together in one call of the kernel. */
  cork(): void;
  uncork(): void;
  /** Bytes that the kernel hasn't taken when they were offered; what is held back by `cork` isn't among them. */
  readonly pendingBytes: number;
  resume(): void;
  pause(): void;
  /** Sends what is pending, then FIN: the other direction goes on. */
  end(): void;
  /** Closes both directions at once; with `reset` by RST (or without a word in TLS). `onClose` follows. */
  destroy(reset?: boolean): void;
  readonly destroyed: boolean;
  /** The socket's descriptor, to pass others over it (`expose-fd listeners`); undefined where it has none of its own, as in TLS. */
  readonly descriptor?: number | undefined;
  /** Bytes that came and went, of the stream itself (within TLS). */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Puts bytes back that were read too far: they come before any other. */
  unshift(bytes: Uint8Array): void;
  /** Called after the handler's `onClose`: for who keeps account of a wire that it has given away. */
  afterClose: (() => void) | undefined;
  setNoDelay(on: boolean): void;
  setKeepAlive(on: boolean, idleMs?: number): void;
}

export interface WireHandler {
  onData(bytes: Buffer): void;
  /** The peer sent FIN. */
  onEnd(): void;
  onDrain(): void;
  /** Once, at the very end; `error` has a `code` as Node's (ECONNRESET …) where it was not an orderly end. */
  onClose(error: (Error & { code?: string }) | undefined): void;
}

/** A wire over a socket that can be given to something else: to TLS, or to node:http2. */
export interface SocketWire extends Wire {
  info: WireInfo;
  /** The socket as node:net's, with bytes that were put back in it; the wire is no more. */
  takeSocket(): import("node:net").Socket;
}

/** An address of a socket; of a Unix socket `host` is its path and `family` 0. IPv4 within IPv6 is written as IPv4. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly family: 0 | 4 | 6;
}

/** What is known of a connection. What the PROXY protocol or a rule said replaces `source` and `destination`, not the real ones. */
export interface WireInfo {
  source: Endpoint;
  destination: Endpoint;
  readonly realSource: Endpoint;
  readonly realDestination: Endpoint;
  readonly tls: TlsInfo | undefined;
  readonly proxyProtocol: ProxyProtocolInfo | undefined;
}

export interface TlsInfo {
  readonly protocol: string; // "TLSv1.3"
  readonly cipher: string; // "TLS_AES_256_GCM_SHA384", OpenSSL's name
  readonly keyBits: number | undefined;
  readonly serverName: string | undefined; // SNI
  readonly alpn: string | undefined;
  readonly resumed: boolean;
  readonly sessionId: Buffer | undefined;
  /** DER of the peer's certificate, of ours, and what verification said (0: fine; X509_V_ERR_*). */
  readonly peerCertificate: Buffer | undefined;
  readonly peerChain: readonly Buffer[];
  readonly ownCertificate: Buffer | undefined;
  readonly verifyError: number;
  /** Of a peer's certificate that wasn't in order: the first error of its own, or of those above it (`depth` from 1). */
  readonly certificateError?: number | undefined;
  readonly authorityError?: { readonly number: number; readonly depth: number } | undefined;
  /** Why the handshake failed, in OpenSSL's words. */
  readonly error?: { readonly number: number; readonly text: string } | undefined;
  /** Set where OpenSSL's key log gives it: for the ssl_*_random fetches. */
  readonly clientRandom: Buffer | undefined;
}

export interface ProxyProtocolInfo {
  readonly version: 1 | 2;
  /** LOCAL: the connection is the sender's own; addresses are the socket's. */
  readonly local: boolean;
  readonly source: Endpoint | undefined;
  readonly destination: Endpoint | undefined;
  readonly tlvs: readonly { readonly type: number; readonly value: Buffer }[];
}
