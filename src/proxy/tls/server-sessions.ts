import { randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import type { SecureContext } from "node:tls";

/** An OCSP response that is sent with a certificate until it is too old. */
export interface Stapled {
  readonly response: Buffer;
  readonly expires: number; // wall clock, ms
}

type Done = (error: Error | null, value?: Buffer | null) => void;

/**
 * What node:tls asks a tls.Server for in the course of a handshake: sessions by their ids (TLS 1.2 without tickets), and OCSP responses. There is no
 * tls.Server here; TLSSocket takes anything that has its events.
 */
export class ServerSessions extends EventEmitter {
  /** node:tls takes the certificate of it where SNI chose none. */
  readonly _sharedCreds: SecureContext;
  readonly #sessions = new Map<string, { readonly session: Buffer; readonly until: number }>();
  readonly #limit: number;
  readonly #lifetimeMs: number;

  constructor(
    shared: SecureContext,
    options: {
      /** Sessions are kept by their ids: so many, for so long. */
      readonly keep: { readonly limit: number; readonly lifetimeMs: number } | undefined;
      /** By the certificate's DER in base64. */
      readonly stapled: ReadonlyMap<string, Stapled>;
    },
  ) {
    super();
    const { keep, stapled } = options;
    this._sharedCreds = shared;
    this.#limit = keep?.limit ?? 0;
    this.#lifetimeMs = keep?.lifetimeMs ?? 0;
    if (keep !== undefined && keep.limit > 0) {
      this.on("newSession", (id: Buffer, session: Buffer, done: () => void) => {
        this.#put(id, session);
        done();
      });
      this.on("resumeSession", (id: Buffer, done: Done) => done(null, this.#get(id)));
    }
    if (stapled.size > 0)
      this.on("OCSPRequest", (certificate: Buffer | undefined, _issuer: unknown, done: Done) => {
        const found = certificate && stapled.get(certificate.toString("base64"));
        done(null, found !== undefined && found.expires > Date.now() ? found.response : null);
      });
  }

  #put(id: Buffer, session: Buffer): void {
    const key = id.toString("latin1");
    this.#sessions.delete(key);
    this.#sessions.set(key, { session, until: Date.now() + this.#lifetimeMs });
    // The oldest stand first.
    for (const [oldest, { until }] of this.#sessions) {
      if (this.#sessions.size <= this.#limit && until > Date.now()) break;
      this.#sessions.delete(oldest);
    }
  }

  #get(id: Buffer): Buffer | null {
    const found = this.#sessions.get(id.toString("latin1"));
    return found !== undefined && found.until > Date.now() ? found.session : null;
  }
}

/**
 * Under TLS 1.3 Node has no means to keep sessions: where tickets aren't wanted they are encrypted by a key that lives no longer than a kept session
 * would, and only in memory. One before it is not known any more.
 */
export class PassingTicketKeys {
  readonly #lifetimeMs: number;
  #until = 0;

  constructor(lifetimeMs: number) {
    this.#lifetimeMs = lifetimeMs;
  }

  /** Before each handshake. */
  renew(context: SecureContext): void {
    const now = Date.now();
    if (now < this.#until) return;
    this.#until = now + this.#lifetimeMs;
    (context as { context: { setTicketKeys(keys: Buffer): void } }).context.setTicketKeys(randomBytes(48));
  }
}
