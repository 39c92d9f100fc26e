import type { Socket } from "node:net";
import {
  type ConnectionOptions,
  checkServerIdentity,
  type PeerCertificate,
  type SecureContext,
  connect as tlsConnect,
} from "node:tls";
import type { ConnectOptions, TlsClient } from "../wire/listen.js";
import type { WireInfo } from "../wire/wire.js";
import { secureContext } from "./context.js";
import { handshake, type TlsStart } from "./handshake.js";
import { tlsInfo } from "./info.js";
import { certificateVerifyFailed } from "./openssl-error.js";
import type { TlsClientSettings } from "./settings.js";
import { authoritiesBetween } from "./verify-depth.js";
import { notVerifyHost } from "./verify-error.js";

/** How a server is spoken to over TLS. Sessions are kept for each name. */
export class ClientTls implements TlsClient {
  readonly kind = "tls-client";
  #settings!: TlsClientSettings;
  #context!: SecureContext;
  readonly #sessions = new Map<string, Buffer>();

  constructor(settings: TlsClientSettings) {
    this.replace(settings);
  }

  get settings(): TlsClientSettings {
    return this.#settings;
  }

  /** @throws OpenSSL's error. */
  replace(settings: TlsClientSettings): void {
    const { certificate } = settings;
    this.#context = secureContext(settings, certificate === undefined ? [] : [certificate], "client");
    this.#settings = settings;
    this.#sessions.clear();
  }

  start(
    options: Pick<ConnectOptions, "serverName" | "alpn">,
    socket: Socket,
    info: WireInfo,
    start: TlsStart,
  ): () => void {
    const settings = this.#settings;
    const { serverName } = options;
    const alpn = options.alpn ?? settings.alpn;
    const key = serverName ?? "";
    const session = settings.reuse === false ? undefined : this.#sessions.get(key);
    const how: ConnectionOptions = {
      socket,
      secureContext: this.#context,
      rejectUnauthorized: settings.verify === "required",
      checkServerIdentity: (_host, certificate) => wrongName(settings, serverName, certificate),
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(alpn === undefined || alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
      ...(session === undefined ? {} : { session }),
    };
    const secured = tlsConnect({ ...how, allowHalfOpen: true } as ConnectionOptions);
    if (settings.reuse !== false)
      secured.on("session", (made: Buffer) => {
        if (this.#sessions.size > 1000) this.#sessions.clear();
        this.#sessions.set(key, made);
      });
    return handshake(secured, socket, info, start, "secureConnect", () => {
      const { verify, verifyDepth } = settings;
      if (verify === "none" || verifyDepth === undefined) return undefined;
      if (authoritiesBetween(tlsInfo(secured).peerChain) <= verifyDepth) return undefined;
      const message = "certificate verify failed: certificate chain too long";
      return { code: "CERT_CHAIN_TOO_LONG", message, error: certificateVerifyFailed };
    });
  }
}

/** A certificate is judged by the name that was asked for; by `verifyhost` where none was (HAProxy's manual, section 5.2). */
function wrongName(
  { verify, verifyHost }: TlsClientSettings,
  serverName: string | undefined,
  certificate: PeerCertificate,
): Error | undefined {
  const name = serverName ?? verifyHost;
  if (name === undefined || verify === "none") return undefined;
  const error = checkServerIdentity(name, certificate);
  return error && serverName === undefined ? Object.assign(error, { code: notVerifyHost }) : error;
}

/** @throws OpenSSL's error where a certificate, key or list is wrong. */
export function makeTlsClient(settings: TlsClientSettings): ClientTls {
  return new ClientTls(settings);
}
