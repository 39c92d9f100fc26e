import type { WireInfo } from "../wire/wire.js";

/** Settings that servers and clients of TLS share. Everything is text (PEM), never a file's name: who reads files is above. */
export interface TlsCommon {
  /** PEM of the authorities that the peer's certificate is verified by; undefined: for a client, Node's own list. */
  readonly ca?: string | undefined;
  readonly crl?: string | undefined;
  /** In order of preference. */
  readonly alpn?: readonly string[] | undefined;
  /** OpenSSL's list for TLS up to 1.2, and the one for 1.3. */
  readonly ciphers?: string | undefined;
  readonly cipherSuites?: string | undefined;
  readonly curves?: string | undefined;
  readonly signatureAlgorithms?: string | undefined;
  readonly dhParameters?: string | undefined;
  readonly minVersion?: TlsVersionName | undefined;
  readonly maxVersion?: TlsVersionName | undefined;
  /** Session tickets; given unless false. */
  readonly tickets?: boolean | undefined;
  /** SSL_OP_* bits beside those that other settings make: what is set, and what isn't whatever they say. */
  readonly options?: { readonly on: number; readonly off: number } | undefined;
}

export type TlsVersionName = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

/** A certificate with its chain, and its key. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
  readonly passphrase?: string | undefined;
}

/** One certificate, or several of one name that differ in kind of key (a bundle). */
export interface TlsServerCertificate {
  readonly pairs: readonly KeyPair[];
  /** Gives the pairs for each handshake anew, by the name that the client asked for ("": none); what it throws ends the handshake. */
  readonly load?: ((serverName: string, info: WireInfo) => readonly KeyPair[]) | undefined;
  /** Who asks for it is refused by the alert unrecognized_name. */
  readonly rejects?: boolean | undefined;
  /** Names by which SNI chooses it instead of those it bears: "www.example.com", "*.example.com", "!not.example.com", "*" (crt-list). */
  readonly filters?: readonly string[] | undefined;
  /** What of the settings is different for it (crt-list's brackets). */
  readonly settings?: Partial<TlsServerSettings> | undefined;
  /** An OCSP response, sent to clients that ask for one until it expires; DER. */
  readonly ocsp?: { readonly response: Buffer; readonly expires: number } | undefined;
}

export interface TlsServerSettings extends TlsCommon {
  /** The first one is for clients that name none, or (without `strictSni`) an unknown one. */
  readonly certificates: readonly TlsServerCertificate[];
  readonly strictSni?: boolean | undefined;
  /** Chooses instead of names: by the server name in lower case, which of the certificates; undefined: the first. */
  readonly choose?: ((serverName: string) => number | undefined) | undefined;
  /** Whether clients are asked for a certificate, and whether they must have one. */
  readonly verify?: "none" | "optional" | "required" | undefined;
  /** Verification errors (numbers X509_V_ERR_*, or "all") that don't end the handshake: of a client's own certificate, and of its authorities'. */
  readonly ignoreErrors?: { readonly certificate: ErrorSet; readonly authority: ErrorSet } | undefined;
  /** Makes a certificate for a name that none is there for; so many are kept (1000). */
  readonly generate?: ((serverName: string) => KeyPair) | undefined;
  readonly generatedLimit?: number | undefined;
  readonly preferClientCiphers?: boolean | undefined;
  /** How many sessions are kept by their ids, where there are no tickets, and for how long; 20000 and 300000. */
  readonly sessionLimit?: number | undefined;
  readonly sessionLifetimeMs?: number | undefined;
  /** 48 bytes: all threads and processes that share them take each other's tickets. */
  readonly ticketKeys?: Buffer | undefined;
}

export type ErrorSet = "all" | ReadonlySet<number>;

export interface TlsClientSettings extends TlsCommon {
  readonly certificate?: KeyPair | undefined;
  readonly verify: "none" | "required";
  /** The name that the server's certificate must bear where no SNI is sent; that comes first. undefined: none. */
  readonly verifyHost?: string | undefined;
  /** How many authorities may stand between the peer's certificate and one that is trusted; undefined: any number. */
  readonly verifyDepth?: number | undefined;
  /** Sessions are used again; unless false. */
  readonly reuse?: boolean | undefined;
}
