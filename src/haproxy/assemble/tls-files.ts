import { rootCertificates } from "node:tls";
import {
  type Bind,
  type Global,
  type Place,
  placeText,
  type Server,
  type TlsSettings,
} from "../../config/haproxy/model/index.js";
import { RondoError } from "../../errors.js";
import { makeTlsClient, makeTlsServer } from "../../proxy/index.js";
import type { TlsFileKind } from "../runtime/index.js";
import { type ExtraFiles, knownText, setText, systemAuthorities } from "./pem.js";
import { TlsSettingsReader } from "./tls-settings.js";

type ServerTls = ReturnType<typeof makeTlsServer>;
type ClientTls = ReturnType<typeof makeTlsClient>;

/**
 * What does TLS at listeners and towards servers, made when the process is put together, while it may still read files. It knows who uses which file, and
 * makes anew what is made of files that are changed.
 */
export class TlsFiles {
  readonly #global: Global;
  readonly #settings: TlsSettingsReader;
  readonly #servers = new Map<Bind, ServerTls>();
  readonly #clients = new Map<Server, ClientTls>();
  readonly #removed: Server[] = [];

  constructor(global: Global, verifyServers: boolean) {
    this.#global = global;
    this.#settings = new TlsSettingsReader(global, verifyServers);
  }

  get extra(): ExtraFiles {
    return this.#settings.extra;
  }

  /** A name in a crt-list, with crt-base before it. */
  inBase(path: string): string {
    return this.#settings.inBase(path);
  }

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
      made = placed(bind.place, `bind '${bind.text}'`, () => makeTlsServer(this.#settings.server(bind.ssl!)));
      this.#servers.set(bind, made);
    }
    return made;
  }

  /** @throws RondoError "certificate" with the line's place */
  client(server: Server): ClientTls {
    let made = this.#clients.get(server);
    if (made === undefined) {
      made = placed(server.place, `server '${server.name}'`, () =>
        makeTlsClient(this.#settings.client(tlsOf(server))),
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
        for (const { files } of this.#settings.load(name))
          for (const file of files) counts.set(file, counts.get(file) ?? 0);
    const lines = [...this.#servers.keys()].map((bind) => bind.ssl);
    for (const tls of [...lines, ...[...this.#clients.keys()].map(tlsOf)]) {
      if (tls === undefined) continue;
      const listed = tls.certificateLists.flatMap((list) => this.#settings.listLines(list));
      if (kind === "crt-list") for (const list of tls.certificateLists) count(list);
      else if (kind === "cert")
        for (const path of [...tls.certificates, ...listed.map((line) => this.#settings.inBase(line.path))])
          for (const { files } of this.#settings.load(path)) for (const file of files) count(file);
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
      .map(({ place }) => placeText(place));
  }

  /** A file's text; of a certificate with the key that stands beside it. */
  read(name: string): string | undefined {
    return name === systemAuthorities ? rootCertificates.join("\n") : knownText(name);
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
        next: this.#settings.server(bind.ssl!),
      }));
      const connectors = [...this.#clients].map(([server, made]) => ({
        made,
        next: this.#settings.client(tlsOf(server)),
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
}

/** Traffic's settings, or those that checks have and traffic may be given. */
const tlsOf = (server: Server): TlsSettings | undefined => server.ssl ?? server.checkTls;

function placed<T>(place: Place, what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new RondoError("certificate", `${what} at [${placeText(place)}] : ${(error as Error).message}`, {
      cause: error,
    });
  }
}
