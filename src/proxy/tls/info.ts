import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import type { TlsInfo } from "../wire/wire.js";
import { type OpensslError, opensslError } from "./openssl-error.js";
import { type SessionParts, sessionParts } from "./session.js";
import { faultDepth, firstError } from "./verify-depth.js";
import { verifyErrorNumber } from "./verify-error.js";

/** What is known of a connection once its handshake is done. */
export function tlsInfo(socket: TLSSocket): TlsInfo {
  return new LazyTlsInfo(socket);
}

/**
 * How far a handshake had come that failed. Until TLS 1.2 one that isn't whole has no cipher; TLS 1.3 has it from the server's first message on.
 * OpenSSL must not be asked for all that comes with one: Node's verifyError ends the process where there is neither a cipher nor a certificate.
 */
export function failedInfo(socket: TLSSocket, error: OpensslError | undefined): TlsInfo {
  const { servername } = socket as TLSSocket & { servername?: string | false };
  const chain = chainOf(socket);
  const verifyError = chain.length > 0 ? verifyErrorOf(socket) : 0;
  const depth = verifyError === 0 ? 0 : faultDepth(verifyError, chain);
  const protocol = socket.getProtocol() ?? "";
  const cipher = protocol === "TLSv1.3" ? (socket.getCipher() as { name: string } | undefined) : undefined;
  return {
    protocol,
    cipher: cipher?.name ?? "(NONE)",
    keyBits: undefined,
    serverName: servername || undefined,
    alpn: undefined,
    resumed: false,
    sessionId: undefined,
    peerCertificate: chain[0],
    peerChain: chain,
    ownCertificate: undefined,
    verifyError,
    certificateError: verifyError !== 0 && depth === 0 ? firstError(verifyError) : undefined,
    authorityError: depth > 0 ? { number: verifyError, depth } : undefined,
    error,
    clientRandom: undefined,
  };
}

function verifyErrorOf(socket: TLSSocket): number {
  const { ssl } = socket as TLSSocket & { ssl?: { verifyError?(): { code?: string } | undefined } };
  return verifyErrorNumber(ssl?.verifyError?.()?.code);
}

/** The peer's certificate and those above it, as far as they came, or are known. */
function chainOf(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = [];
  let at = socket.getPeerCertificate(true) as DetailedPeerCertificate | null | undefined;
  while (at?.raw !== undefined && !chain.some((each) => each.equals((at as DetailedPeerCertificate).raw))) {
    chain.push(at.raw);
    at = at.issuerCertificate;
  }
  return chain;
}

/** Certificates and the like cost a copy each: they are taken when asked for. */
class LazyTlsInfo implements TlsInfo {
  readonly protocol: string;
  readonly cipher: string;
  readonly keyBits: number | undefined;
  readonly serverName: string | undefined;
  readonly alpn: string | undefined;
  readonly resumed: boolean;
  readonly verifyError: number;
  readonly clientRandom: Buffer | undefined;
  /** What broke it off behind its handshake. */
  error: OpensslError | undefined;
  readonly #socket: TLSSocket;
  #chain: Buffer[] | undefined;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    const cipher = socket.getCipher() as { name: string } | undefined;
    this.protocol = socket.getProtocol() ?? "";
    this.cipher = cipher?.name ?? "";
    this.keyBits = keyBitsOf(cipher?.name ?? "");
    const { servername } = socket as TLSSocket & { servername?: string | false };
    this.serverName = servername || undefined;
    this.alpn = socket.alpnProtocol || undefined;
    this.resumed = socket.isSessionReused();
    this.verifyError = verifyErrorOf(socket);
    this.clientRandom = undefined;
    // Node doesn't destroy the socket with it, so that the socket doesn't know it afterwards.
    socket.on("error", ({ message }) => {
      this.error ??= opensslError(message);
    });
  }

  get certificateError(): number | undefined {
    return this.verifyError !== 0 && faultDepth(this.verifyError, this.peerChain) === 0
      ? firstError(this.verifyError)
      : undefined;
  }

  get authorityError(): { number: number; depth: number } | undefined {
    const depth = this.verifyError === 0 ? 0 : faultDepth(this.verifyError, this.peerChain);
    return depth === 0 ? undefined : { number: this.verifyError, depth };
  }

  get sessionId(): Buffer | undefined {
    return this.#session().id;
  }

  get peerCertificate(): Buffer | undefined {
    return this.peerChain[0];
  }

  get peerChain(): readonly Buffer[] {
    if (this.#chain !== undefined) return this.#chain;
    const chain = chainOf(this.#socket);
    const { peer } = this.resumed && chain.length === 0 ? this.#session() : { peer: undefined };
    if (peer !== undefined) chain.push(peer);
    return (this.#chain = chain);
  }

  #session(): SessionParts {
    const session = this.#socket.getSession();
    return session === undefined ? { id: undefined, peer: undefined } : sessionParts(session);
  }

  get ownCertificate(): Buffer | undefined {
    const own = this.#socket.getCertificate() as { raw?: Buffer } | null;
    return own?.raw;
  }
}

function keyBitsOf(cipher: string): number | undefined {
  if (cipher.includes("CHACHA20")) return 256;
  const bits = /(?:AES_?|ARIA|CAMELLIA)(128|192|256)/.exec(cipher)?.[1];
  return bits === undefined ? undefined : Number(bits);
}
