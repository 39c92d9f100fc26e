import { randomBytes, X509Certificate } from "node:crypto";
import type { Server as NetServer, Socket } from "node:net";
import type { SecureContext, TLSSocketOptions } from "node:tls";
import { TLSSocket } from "node:tls";
import type { TlsServer } from "../wire/listen.js";
import type { WireInfo } from "../wire/wire.js";
import { onlyNewest, secureContext } from "./context.js";
import { handshake, type Refusal, type TlsStart } from "./handshake.js";
import { tlsInfo } from "./info.js";
import { certificateNames, NameTable } from "./names.js";
import { certificateVerifyFailed, noPeerCertificate } from "./openssl-error.js";
import { PassingTicketKeys, ServerSessions, type Stapled } from "./server-sessions.js";
import type { ErrorSet, TlsServerCertificate, TlsServerSettings } from "./settings.js";
import { verifyErrorNumber } from "./verify-error.js";

interface Entry {
  readonly certificate: TlsServerCertificate;
  readonly settings: TlsServerSettings;
  context: SecureContext | undefined;
}

/** A record of TLS 1.2 with the fatal alert unrecognized_name (RFC 6066 section 3), as an answer to a ClientHello is: not encrypted. */
const unrecognizedName = Buffer.from([0x15, 3, 3, 0, 2, 2, 112]);

/** Certificates of a listener and how they are chosen. What is replaced holds for handshakes that begin after it. */
export class ServerTls implements TlsServer {
  readonly kind = "tls-server";
  #settings!: TlsServerSettings;
  #entries!: Entry[];
  #names!: NameTable<Entry>;
  #sessions!: ServerSessions;
  /** Made while running, by name; the one that was used last is at the end. */
  readonly #generated = new Map<string, Entry>();
  #passing: PassingTicketKeys | undefined;

  constructor(settings: TlsServerSettings) {
    this.replace(settings);
  }

  get settings(): TlsServerSettings {
    return this.#settings;
  }

  /** Other certificates, or other settings: all or nothing. @throws OpenSSL's error where one of them is wrong. */
  replace(given: TlsServerSettings): void {
    if (given.certificates.length === 0) throw new Error("a TLS listener needs a certificate");
    // Contexts that are made for each handshake must know each other's tickets.
    const settings = given.certificates.some(({ load }) => load !== undefined)
      ? { ticketKeys: randomBytes(48), ...given }
      : given;
    const entries: Entry[] = [];
    const names = new NameTable<Entry>();
    for (const certificate of settings.certificates) {
      const own: TlsServerSettings = { ...settings, ...certificate.settings };
      const entry: Entry = { certificate, settings: own, context: undefined };
      entry.context = secureContext(own, certificate.pairs, "server");
      entries.push(entry);
      const filters = certificate.filters ?? [];
      if (filters.some((each) => !each.startsWith("!"))) names.add(filters, entry);
      else if (settings.choose === undefined) {
        for (const pair of certificate.pairs) names.add(certificateNames(pair.cert), entry);
        names.add(filters, entry);
      }
    }
    const stapled = new Map<string, Stapled>();
    for (const { certificate } of entries)
      if (certificate.ocsp !== undefined && certificate.pairs[0] !== undefined)
        stapled.set(new X509Certificate(certificate.pairs[0].cert).raw.toString("base64"), certificate.ocsp);
    const { tickets, sessionLimit = 20_000, sessionLifetimeMs = 300_000 } = settings;
    const keeps = tickets === false && !onlyNewest(settings);
    this.#sessions = new ServerSessions((entries[0] as Entry).context as SecureContext, {
      keep: keeps ? { limit: sessionLimit, lifetimeMs: sessionLifetimeMs } : undefined,
      stapled,
    });
    this.#passing =
      tickets === false && onlyNewest(settings) && sessionLifetimeMs > 0
        ? new PassingTicketKeys(sessionLifetimeMs)
        : undefined;
    this.#generated.clear();
    this.#settings = settings;
    this.#entries = entries;
    this.#names = names;
  }

  #generate(name: string): Entry | undefined {
    const { generate, generatedLimit = 1000 } = this.#settings;
    if (generate === undefined) return undefined;
    const key = name.toLowerCase();
    let entry = this.#generated.get(key);
    if (entry === undefined) {
      const { certificate: first } = this.#entries[0] as Entry;
      const certificate: TlsServerCertificate = { pairs: [generate(key)], settings: first.settings };
      const settings = { ...this.#settings, ...first.settings };
      entry = { certificate, settings, context: secureContext(settings, certificate.pairs, "server") };
    }
    this.#generated.delete(key);
    this.#generated.set(key, entry);
    for (const [oldest] of this.#generated) {
      if (this.#generated.size <= generatedLimit) break;
      this.#generated.delete(oldest);
    }
    return entry;
  }

  #find(name: string): Entry | undefined {
    const { choose } = this.#settings;
    if (choose === undefined) return this.#names.find(name) ?? this.#generate(name);
    const at = choose(name.toLowerCase());
    return at === undefined ? undefined : this.#entries[at];
  }

  /** Begins a handshake; gives what breaks it off. */
  accept(socket: Socket, info: WireInfo, start: TlsStart): () => void {
    const settings = this.#settings;
    const first = this.#entries[0] as Entry;
    let chosen = first;
    this.#passing?.renew(first.context as SecureContext);
    let usual = first.context as SecureContext;
    try {
      usual = contextOf(first, "", info);
    } catch (error) {
      socket.on("error", () => {});
      socket.destroy();
      const { message } = error as Error;
      const failing = setImmediate(() => start.onFailed("ERR_TLS_CERTIFICATE", message));
      return () => clearImmediate(failing);
    }
    const options: TLSSocketOptions & {
      SNICallback: (name: string, done: (error: Error | null, context?: SecureContext) => void) => void;
      ALPNCallback?: (offer: { servername: string; protocols: string[] }) => string | undefined;
    } = {
      isServer: true,
      server: this.#sessions as unknown as NetServer,
      secureContext: usual,
      requestCert: asksFor(first),
      rejectUnauthorized: false, // it is decided here
      SNICallback: (name, done) => {
        let found: Entry | undefined;
        let context: SecureContext;
        try {
          found = name === "" ? undefined : this.#find(name);
          if (found === undefined && settings.strictSni)
            throw Object.assign(new Error(`no certificate for ${name}`), { code: "ERR_SSL_STRICT_SNI" });
          chosen = found ?? first;
          if (chosen.certificate.rejects) {
            socket.write(unrecognizedName);
            throw Object.assign(new Error("handshake rejected"), { code: "ERR_SSL_REJECTED" });
          }
          context = contextOf(chosen, name, info);
        } catch (error) {
          done(error as Error);
          return;
        }
        if (asksFor(chosen) !== asksFor(first)) askFor(secured, asksFor(chosen));
        done(null, context);
      },
    };
    if (this.#entries.some((each) => each.settings.alpn !== undefined))
      options.ALPNCallback = ({ servername, protocols }) => {
        const entry = (servername && this.#find(servername)) || first;
        return entry.settings.alpn?.find((each) => protocols.includes(each));
      };
    const secured = new TLSSocket(socket, { ...options, allowHalfOpen: true } as TLSSocketOptions);
    return handshake(secured, socket, info, start, "secure", () => {
      if (settings.strictSni && !(secured as TLSSocket & { servername?: string | false }).servername)
        return { code: "ERR_SSL_STRICT_SNI", message: "the client named no server" };
      return clientFault(secured, chosen.settings);
    });
  }
}

const contextOf = (
  { certificate, settings, context }: Entry,
  serverName: string,
  info: WireInfo,
): SecureContext =>
  certificate.load === undefined
    ? (context as SecureContext)
    : secureContext(settings, certificate.load(serverName, info), "server");

const asksFor = ({ settings }: Entry): boolean => (settings.verify ?? "none") !== "none";

/** Whether a certificate is asked for, changed once the name is known (SSL_set_verify). */
function askFor(secured: TLSSocket, asks: boolean): void {
  const { ssl } = secured as TLSSocket & { ssl?: { setVerifyMode?(asks: boolean, refuses: boolean): void } };
  ssl?.setVerifyMode?.(asks, false);
}

/** Why a client's certificate doesn't do. */
function clientFault(secured: TLSSocket, settings: TlsServerSettings): Refusal | undefined {
  const verify = settings.verify ?? "none";
  if (verify === "none") return undefined;
  const { ssl } = secured as TLSSocket & { ssl?: { verifyError?(): (Error & { code?: string }) | null } };
  const certificate = secured.getPeerCertificate();
  if (certificate === null || Object.keys(certificate).length === 0)
    return verify === "required"
      ? {
          code: "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE",
          message: "peer did not return a certificate",
          error: noPeerCertificate,
        }
      : undefined;
  const code = ssl?.verifyError?.()?.code;
  if (code === undefined) return undefined;
  const { certificateError, authorityError } = tlsInfo(secured);
  const { ignoreErrors } = settings;
  if (authorityError !== undefined) {
    if (ignoreErrors !== undefined && has(ignoreErrors.authority, authorityError.number)) return undefined;
    return {
      code: "ERR_SSL_AUTHORITY_VERIFY_FAILED",
      message: "certificate verify failed",
      error: certificateVerifyFailed,
    };
  }
  if (
    ignoreErrors !== undefined &&
    has(ignoreErrors.certificate, certificateError ?? verifyErrorNumber(code))
  )
    return undefined;
  return {
    code: "ERR_SSL_CERTIFICATE_VERIFY_FAILED",
    message: "certificate verify failed",
    error: certificateVerifyFailed,
  };
}

function has(set: ErrorSet, number: number): boolean {
  return set === "all" || set.has(number);
}

/** @throws OpenSSL's error where a certificate, key or list is wrong. */
export function makeTlsServer(settings: TlsServerSettings): ServerTls {
  return new ServerTls(settings);
}
