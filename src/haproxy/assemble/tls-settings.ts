import type { Global, TlsSettings } from "../../config/haproxy/model/index.js";
import type {
  ErrorSet,
  TlsClientSettings,
  TlsCommon,
  TlsServerCertificate,
  TlsServerSettings,
} from "../../proxy/index.js";
import { defaultDhParameters } from "../x509/dh-parameters.js";
import { ocspExpiry, ocspFault } from "../x509/ocsp-response.js";
import { certificateGenerator } from "./certificate-generator.js";
import { type CrtListLine, parseCrtList } from "./crt-list.js";
import { crtListSettings } from "./crt-list-settings.js";
import {
  authorities,
  type ExtraFiles,
  extraFiles,
  type LoadedCertificate,
  loadCertificates,
  readText,
} from "./pem.js";
import { tlsVersions } from "./tls-versions.js";

/**
 * Makes of the words of bind and server lines, and of the global section's defaults for them, what the engine does TLS with. It reads the files that they name.
 * Each method throws an Error where a file can't be read or used.
 */
export class TlsSettingsReader {
  readonly #global: Global;
  readonly extra: ExtraFiles;
  readonly #verifyServers: boolean;

  /** `verifyServers`: false: no server's certificate is verified, whatever its line says. */
  constructor(global: Global, verifyServers: boolean) {
    this.#global = global;
    this.extra = extraFiles(global.loadExtraFiles, global.loadExtraDelExt === true);
    this.#verifyServers = verifyServers;
  }

  /** The certificates that a `crt` names. */
  load(path: string): LoadedCertificate[] {
    return loadCertificates(path, this.extra);
  }

  listLines(path: string): readonly CrtListLine[] {
    const lines = parseCrtList(readText(path));
    if (!Array.isArray(lines)) {
      const { line, fault } = lines as { line: number; fault: string };
      throw new Error(`parsing [${path}:${line}]: ${fault}`);
    }
    return lines;
  }

  /** A name in a crt-list, with crt-base before it. */
  inBase(path: string): string {
    const { crtBase } = this.#global;
    return crtBase === undefined || path.startsWith("/") ? path : `${crtBase}/${path}`;
  }

  /** Of a bind line. */
  server(tls: TlsSettings): TlsServerSettings {
    const global = this.#global;
    const options = new Set(global.tlsBindOptions);
    const certificates: TlsServerCertificate[] = [];
    for (const path of tls.certificates)
      for (const loaded of this.load(path)) certificates.push(this.#certificate(loaded));
    for (const list of tls.certificateLists) certificates.push(...this.#crtList(list, tls));
    if (certificates.length === 0) throw new Error("no SSL certificate specified");
    return {
      ...this.#common(
        tls,
        { ciphers: global.tlsBindCiphers, suites: global.tlsBindCipherSuites },
        global.tlsBindOptions,
      ),
      certificates,
      strictSni: tls.strictSni || options.has("strict-sni"),
      verify: tls.verify ?? "none",
      ...(tls.generateCertificates && { generate: certificateGenerator(tls, certificates[0]?.pairs[0]) }),
      sessionLimit: global.tune.sslCachesize,
      sessionLifetimeMs: global.tune.sslLifetimeMs,
      preferClientCiphers: tls.preferClientCiphers || options.has("prefer-client-ciphers"),
      ...((tls.crtIgnoreErrors.length > 0 || tls.caIgnoreErrors.length > 0) && {
        ignoreErrors: { certificate: errorSet(tls.crtIgnoreErrors), authority: errorSet(tls.caIgnoreErrors) },
      }),
      ...(tls.ticketKeysFile !== undefined && { ticketKeys: ticketKeys(tls.ticketKeysFile) }),
    };
  }

  /** Of a server line; undefined: one that says nothing of TLS. */
  client(tls: TlsSettings | undefined): TlsClientSettings {
    const global = this.#global;
    const verify = this.#verifyServers ? (tls?.verify ?? global.tlsServerVerify) : "none";
    const [certificate] = tls?.certificates.flatMap((path) => this.load(path)) ?? [];
    return {
      ...(tls &&
        this.#common(
          tls,
          { ciphers: global.tlsServerCiphers, suites: global.tlsServerCipherSuites },
          global.tlsServerOptions,
        )),
      verify: verify === "none" ? "none" : "required",
      reuse: tls?.reuse ?? true,
      ...(certificate?.pairs[0] && { certificate: certificate.pairs[0] }),
      ...(tls?.verifyHost !== undefined && { verifyHost: tls.verifyHost }),
    };
  }

  #common(
    tls: TlsSettings,
    defaults: { readonly ciphers: string | undefined; readonly suites: string | undefined },
    options: readonly string[],
  ): TlsCommon {
    const [oldest, newest] = tlsVersions(tls, options);
    return {
      ca: authorities(tls.caFile, tls.caVerifyFile),
      crl: tls.crlFile === undefined ? undefined : readText(tls.crlFile),
      alpn: tls.alpn,
      ciphers: tls.ciphers ?? defaults.ciphers,
      cipherSuites: tls.cipherSuites ?? defaults.suites,
      curves: tls.curves ?? tls.ecdhe,
      minVersion: oldest,
      maxVersion: newest,
      tickets: tls.tickets && !options.includes("no-tls-tickets"),
    };
  }

  #crtList(path: string, bind: TlsSettings): TlsServerCertificate[] {
    return this.listLines(path).flatMap((line) => {
      const file = this.inBase(line.path);
      const settings = crtListSettings(line.options, bind);
      return this.load(file).map((loaded) => {
        const certificate = this.#certificate(loaded);
        return {
          ...certificate,
          filters: line.filters,
          settings: { ...settings, ...certificate.settings },
        };
      });
    });
  }

  /** Its own DH parameters, else those of ssl-dh-param-file, else such that fit its key up to tune.ssl.default-dh-param; without any there is no DHE. */
  #certificate({ pairs, dhParameters, ocspResponse }: LoadedCertificate): TlsServerCertificate {
    const { dhParamFile, tune } = this.#global;
    const dh =
      dhParameters ??
      (dhParamFile === undefined ? undefined : readText(dhParamFile)) ??
      (tune.sslDefaultDhParam > 0 && pairs[0] !== undefined
        ? defaultDhParameters(pairs[0].cert, tune.sslDefaultDhParam)
        : undefined);
    const ocsp = pairs.length === 1 && ocspResponse !== undefined ? stapled(ocspResponse) : undefined;
    return { pairs, ...(dh !== undefined && { settings: { dhParameters: dh } }), ...(ocsp && { ocsp }) };
  }
}

/** A response that can be sent; one that isn't in order, or too old, is left out. */
function stapled(response: Buffer): TlsServerCertificate["ocsp"] {
  const expires = ocspExpiry(response);
  return ocspFault(response) === undefined && expires !== undefined ? { response, expires } : undefined;
}

function errorSet(words: readonly string[]): ErrorSet {
  const all = words.flatMap((word) => word.split(","));
  return all.includes("all") ? "all" : new Set(all.map(Number));
}

/** tls-ticket-keys: a file of keys of 48 or 80 bytes in base64; the last but one encrypts. Node takes one of 48. */
function ticketKeys(path: string): Buffer {
  const keys = readText(path)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Buffer.from(line, "base64"));
  const key = keys.at(-2) ?? keys.at(-1);
  if (key === undefined || (key.length !== 48 && key.length !== 80))
    throw new Error(`unable to read TLS ticket keys from '${path}'`);
  return key.subarray(0, 48);
}
