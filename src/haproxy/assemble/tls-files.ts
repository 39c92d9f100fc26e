import { createPrivateKey } from "node:crypto";
import { rootCertificates } from "node:tls";
import type { Bind, Global, Server, TlsSettings, TlsVersion } from "../../config/haproxy/model/index.js";
import { RondoError } from "../../errors.js";
import {
  type ErrorSet,
  type KeyPair,
  makeTlsClient,
  makeTlsServer,
  type TlsClientSettings,
  type TlsCommon,
  type TlsServerCertificate,
  type TlsServerSettings,
  type TlsVersionName,
} from "../../proxy/index.js";
import type { TlsFileKind } from "../runtime/index.js";
import { defaultDhParameters } from "../x509/dh-parameters.js";
import { makeCertificate } from "../x509/make-certificate.js";
import { ocspExpiry, ocspFault } from "../x509/ocsp-response.js";
import { pemParts } from "../x509/pem-parts.js";
import { type CrtListLine, parseCrtList } from "./crt-list.js";
import {
  type ExtraFiles,
  extraFiles,
  knownText,
  type LoadedCertificate,
  loadAuthorities,
  loadCertificates,
  readText,
  setText,
} from "./pem.js";

type ServerTls = ReturnType<typeof makeTlsServer>;
type ClientTls = ReturnType<typeof makeTlsClient>;

/**
 * Makes of bind and server lines what the engine does TLS with: reads the files that they name. It is done when the process is put together, while it
 * still may read them.
 */
export class TlsFiles {
  readonly #global: Global;
  readonly extra: ExtraFiles;
  readonly #verifyServers: boolean;
  readonly #servers = new Map<Bind, ServerTls>();
  readonly #clients = new Map<Server, ClientTls>();

  constructor(global: Global, verifyServers: boolean) {
    this.#global = global;
    this.extra = extraFiles(global.loadExtraFiles, global.loadExtraDelExt === true);
    this.#verifyServers = verifyServers;
  }

  readonly #removed: Server[] = [];

  /** Listeners that were made, with the bind lines they are of. */
  get listeners(): ReadonlyMap<Bind, ServerTls> {
    return this.#servers;
  }

  get connectors(): ReadonlyMap<Server, ClientTls> {
    return this.#clients;
  }

  /** @throws RondoError "certificate" with the line's place */
  server(bind: Bind): ServerTls {
    let made = this.#servers.get(bind);
    if (made === undefined) {
      made = placed(bind.place, `bind '${bind.text}'`, () => makeTlsServer(this.serverSettings(bind.ssl!)));
      this.#servers.set(bind, made);
    }
    return made;
  }

  /** @throws RondoError "certificate" with the line's place */
  client(server: Server): ClientTls {
    let made = this.#clients.get(server);
    if (made === undefined) {
      made = placed(server.place, `server '${server.name}'`, () =>
        makeTlsClient(this.#clientSettings(tlsOf(server))),
      );
      this.#clients.set(server, made);
    }
    return made;
  }

  /** A server was removed: it uses no file any more. */
  forget(server: Server): void {
    if (this.#clients.delete(server)) this.#removed.push(server);
  }

  /** How many listeners and servers use each file of a kind. */
  used(kind: TlsFileKind): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    const count = (name: string | undefined) => {
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    };
    // What was read stays known, also where nobody uses it any more.
    for (const server of this.#removed)
      for (const name of kind === "cert" ? (tlsOf(server)?.certificates ?? []) : [])
        for (const { files } of this.#load(name))
          for (const file of files) counts.set(file, counts.get(file) ?? 0);
    const lines = [...this.#servers.keys()].map((bind) => bind.ssl);
    for (const tls of [...lines, ...[...this.#clients.keys()].map(tlsOf)]) {
      if (tls === undefined) continue;
      const listed = tls.certificateLists.flatMap((list) => this.#listLines(list));
      if (kind === "crt-list") for (const list of tls.certificateLists) count(list);
      else if (kind === "cert")
        for (const path of [...tls.certificates, ...listed.map((line) => this.inBase(line.path))])
          for (const { files } of this.#load(path)) for (const file of files) count(file);
      else {
        for (const name of kind === "ca-file" ? new Set([tls.caFile, tls.caVerifyFile]) : [tls.crlFile])
          count(name);
        for (const { options } of listed) {
          const at = options.indexOf(kind);
          if (at >= 0) count(options[at + 1]);
        }
      }
    }
    return counts;
  }

  /** Bind lines whose default certificate is the first of a crt-list. */
  defaultOf(list: string): string[] {
    const strict = this.#global.tlsBindOptions.includes("strict-sni");
    return [...this.#servers.keys()]
      .filter(
        ({ ssl }) =>
          ssl?.certificateLists[0] === list && ssl.certificates.length === 0 && !ssl.strictSni && !strict,
      )
      .map(({ place }) => `${place.file}:${place.line}`);
  }

  /** A file's text; of a certificate with the key that stands beside it. */
  read(name: string): string | undefined {
    return name === "@system-ca" ? rootCertificates.join("\n") : knownText(name);
  }

  #load(path: string): LoadedCertificate[] {
    return loadCertificates(path, this.extra);
  }

  /** A file that was made while running is no more. */
  forgetFile(name: string): void {
    setText(name, undefined);
  }

  /** Puts texts in the place of files and makes anew what is made of them: all or nothing. @throws Error where they don't do */
  replace(files: ReadonlyMap<string, string>): void {
    const before = [...files.keys()].map((name) => [name, knownText(name)] as const);
    for (const [name, text] of files) setText(name, text);
    try {
      const listeners = [...this.#servers].map(([bind, made]) => ({
        made,
        next: this.serverSettings(bind.ssl!),
      }));
      const connectors = [...this.#clients].map(([server, made]) => ({
        made,
        next: this.#clientSettings(tlsOf(server)),
      }));
      for (const { next } of listeners) makeTlsServer(next); // Whether OpenSSL takes it, before anything is changed.
      for (const { next } of connectors) makeTlsClient(next);
      for (const { made, next } of listeners) made.replace(next);
      for (const { made, next } of connectors) made.replace(next);
    } catch (error) {
      for (const [name, text] of before) setText(name, text);
      throw error;
    }
  }

  serverSettings(tls: TlsSettings): TlsServerSettings {
    const global = this.#global;
    const options = new Set(global.tlsBindOptions);
    const certificates: TlsServerCertificate[] = [];
    for (const path of tls.certificates)
      for (const loaded of this.#load(path)) certificates.push(this.#certificate(loaded));
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
      ...(tls.generateCertificates && { generate: generator(tls, certificates[0]?.pairs[0]) }),
      sessionLimit: global.tune.sslCachesize,
      sessionLifetimeMs: global.tune.sslLifetimeMs,
      preferClientCiphers: tls.preferClientCiphers || options.has("prefer-client-ciphers"),
      ...((tls.crtIgnoreErrors.length > 0 || tls.caIgnoreErrors.length > 0) && {
        ignoreErrors: { certificate: errorSet(tls.crtIgnoreErrors), authority: errorSet(tls.caIgnoreErrors) },
      }),
      ...(tls.ticketKeysFile !== undefined && { ticketKeys: ticketKeys(tls.ticketKeysFile) }),
    };
  }

  #clientSettings(tls: TlsSettings | undefined): TlsClientSettings {
    const global = this.#global;
    const verify = this.#verifyServers ? (tls?.verify ?? global.tlsServerVerify) : "none";
    const [certificate] = tls?.certificates.flatMap((path) => this.#load(path)) ?? [];
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
    const [oldest, newest] = versionsOf(tls, options);
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

  #listLines(path: string): readonly CrtListLine[] {
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

  #crtList(path: string, bind: TlsSettings): TlsServerCertificate[] {
    return this.#listLines(path).flatMap((line) => {
      const file = this.inBase(line.path);
      const settings = listSettings(line.options, bind);
      return this.#load(file).map((loaded) => {
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

/** Traffic's settings, or those that checks have and traffic may be given. */
const tlsOf = (server: Server): TlsSettings | undefined => server.ssl ?? server.checkTls;

/** All that a peer's certificate may be verified by: those of ca-file, whose names clients are told, and of ca-verify-file. */
function authorities(...paths: readonly (string | undefined)[]): string | undefined {
  const texts = [...new Set(paths)].flatMap((path) =>
    path === undefined ? [] : [path === "@system-ca" ? rootCertificates.join("\n") : loadAuthorities(path)],
  );
  return texts.length === 0 ? undefined : texts.join("\n");
}

/** What a crt-list's brackets may say: words of a bind line. */
function listSettings(words: readonly string[], bind: TlsSettings): Partial<TlsServerSettings> {
  const said = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
  const settings: { -readonly [Name in keyof TlsServerSettings]?: TlsServerSettings[Name] } = {};
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const value = words[at + 1] ?? "";
    switch (word) {
      case "alpn":
        settings.alpn = value.split(",");
        break;
      case "verify":
        settings.verify = value as "none" | "optional" | "required";
        break;
      case "ca-file":
      case "ca-verify-file":
        settings.ca = authorities(
          said("ca-file") ?? bind.caFile,
          said("ca-verify-file") ?? bind.caVerifyFile,
        );
        break;
      case "crl-file":
        settings.crl = readText(value);
        break;
      case "ciphers":
        settings.ciphers = value;
        break;
      case "ciphersuites":
        settings.cipherSuites = value;
        break;
      case "curves":
      case "ecdhe":
        settings.curves = value;
        break;
      case "ssl-min-ver":
        settings.minVersion = versionName(value as TlsVersion);
        break;
      case "ssl-max-ver":
        settings.maxVersion = versionName(value as TlsVersion);
        break;
      case "crt-ignore-err":
      case "ca-ignore-err":
      case "npn":
      case "ocsp-update":
        break;
      case "allow-0rtt":
      case "no-ca-names":
        continue;
      default:
        throw new Error(`'${word}' unknown keyword in a crt-list's brackets`);
    }
    at++;
  }
  return settings;
}

const order: readonly TlsVersion[] = ["SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

const versionName = (version: TlsVersion): TlsVersionName =>
  version === "TLSv1.1" || version === "TLSv1.2" || version === "TLSv1.3" ? version : "TLSv1";

/** The oldest and newest version: a line's own, else those of ssl-default-*-options. */
function versionsOf(tls: TlsSettings, options: readonly string[]): [TlsVersionName, TlsVersionName] {
  const after = (word: string) => options[options.indexOf(word) + 1] as TlsVersion | undefined;
  const said = (word: string) => (options.includes(word) ? after(word) : undefined);
  const forced = options
    .map((word) => /^force-(?:sslv3|tlsv1([0-3]))$/.exec(word)?.[1])
    .find((digit) => digit !== undefined);
  const without = options.flatMap((word) => /^no-tlsv1([0-3])$/.exec(word)?.[1] ?? []);
  const force = forced === undefined ? undefined : (`TLSv1.${forced}` as TlsVersion);
  let oldest = tls.minVersion ?? force ?? said("ssl-min-ver") ?? "TLSv1.2";
  let newest = tls.maxVersion ?? force ?? said("ssl-max-ver") ?? "TLSv1.3";
  while (tls.minVersion === undefined && without.includes(oldest.slice(-1)) && oldest !== newest)
    oldest = order[order.indexOf(oldest) + 1]!;
  while (tls.maxVersion === undefined && without.includes(newest.slice(-1)) && oldest !== newest)
    newest = order[order.indexOf(newest) - 1]!;
  if (order.indexOf(newest) < order.indexOf(oldest)) oldest = newest;
  return [versionName(oldest), versionName(newest)];
}

/** `generate-certificates`: they are for the first certificate's key, and signed by ca-sign-file's (ssl_sock_do_create_cert). */
function generator(tls: TlsSettings, first: KeyPair | undefined): (serverName: string) => KeyPair {
  if (tls.caSignFile === undefined || first === undefined)
    throw new Error("'generate-certificates' needs a 'ca-sign-file'");
  const { certificates, key } = pemParts(readText(tls.caSignFile));
  const [certificate] = certificates;
  if (certificate === undefined || key === undefined)
    throw new Error(`unable to read a certificate and its key from '${tls.caSignFile}'`);
  const passphrase = tls.caSignPass;
  const authority = {
    certificate,
    key: createPrivateKey({ key, ...(passphrase !== undefined && { passphrase }) }),
  };
  const own = createPrivateKey(first.key);
  return (name) => ({ cert: makeCertificate(name, own, authority), key: first.key });
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

function placed<T>(place: { readonly file: string; readonly line: number }, what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new RondoError(
      "certificate",
      `${what} at [${place.file}:${place.line}] : ${(error as Error).message}`,
      { cause: error },
    );
  }
}
