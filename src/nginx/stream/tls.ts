import type { Block } from "../../config/nginx/block.js";
import * as proxied from "../../config/nginx/directives/stream/proxy.js";
import * as directives from "../../config/nginx/directives/stream/tls.js";
import { Mistake } from "../../config/nginx/mistake.js";
import {
  makeTlsClient,
  makeTlsServer,
  type ServerTls,
  type TlsClientSettings,
  type TlsServerCertificate,
  type TlsVersionName,
} from "../../proxy/index.js";
import { compile } from "../script/compile.js";
import { type ClientOf, changingClient, unchangingClient } from "../tls/changing-client.js";
import { commanded } from "../tls/commands.js";
import { nothingKnown } from "../tls/nothing-known.js";
import { type PairFiles, readPairs } from "../tls/pairs.js";
import type { Registry } from "../variables/registry.js";
import { Session } from "./session.js";

/** Reads a file that a directive names; relative names start from the configuration's folder. @throws Mistake */
export type ReadText = (path: string) => string;

const versions: readonly TlsVersionName[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/** The oldest and the newest of the versions that are said: OpenSSL takes a range. */
function versionRange(said: readonly string[]): { minVersion: TlsVersionName; maxVersion: TlsVersionName } {
  const known = versions.filter((version) => said.includes(version));
  const [minVersion = "TLSv1.2"] = known;
  return { minVersion, maxVersion: known.at(-1) ?? "TLSv1.2" };
}

/** OpenSSL's words of a certificate or key that it doesn't take, as a mistake of the server's. */
function made<T>(block: Block, what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof Mistake) throw error;
    const place = block.statement?.end;
    throw new Mistake(`${what}: ${(error as Error).message}`, {
      code: "invalid-certificate",
      ...(place === undefined ? {} : { place }),
    });
  }
}

const optional = <T>(value: T | undefined, read: (value: T) => string): string | undefined =>
  value === undefined ? undefined : read(value);

/** TLS towards clients; undefined where a server has no certificate. @throws Mistake where OpenSSL doesn't take one of the files */
export function serverTls(
  block: Block,
  registry: Registry<Session>,
  readText: ReadText,
): ServerTls | undefined {
  const certificates = block.value(directives.sslCertificate);
  if (certificates === undefined) return undefined;
  const commands = commanded(block.value(directives.sslConfCommand), "ssl_conf_command", readText);
  const files = {
    certificates: commands.certificate === undefined ? certificates : [commands.certificate],
    keys: commands.key === undefined ? (block.value(directives.sslCertificateKey) ?? []) : [commands.key],
  };
  const passwords = optional(block.value(directives.sslPasswordFile), readText);
  const verify = block.value(directives.sslVerifyClient);
  const authorities = [directives.sslClientCertificate, directives.sslTrustedCertificate]
    .map((directive) => block.value(directive))
    .filter((path) => path !== undefined);
  const curves = block.value(directives.sslEcdhCurve);
  const alpn = block.value(directives.sslAlpn);
  return made(block, "cannot load certificate", () =>
    makeTlsServer({
      certificates: [{ ...certificateOf(block, files, passwords, registry, readText), filters: ["*"] }],
      ...versionRange(block.value(directives.sslProtocols)),
      ciphers: block.value(directives.sslCiphers),
      // What comes of it is judged after the handshake, as nginx does.
      verify: verify === "off" ? "none" : "optional",
      ignoreErrors: { certificate: "all", authority: "all" },
      ca: authorities.length === 0 ? undefined : authorities.map(readText).join("\n"),
      crl: optional(block.value(directives.sslCrl), readText),
      dhParameters: optional(block.value(directives.sslDhparam), readText),
      ...(curves === "auto" ? {} : { curves }),
      ...(alpn === undefined ? {} : { alpn }),
      preferClientCiphers: !block.value(directives.sslPreferServerCiphers),
      tickets: block.value(directives.sslSessionTickets),
      sessionLifetimeMs: 1000 * block.value(directives.sslSessionTimeout),
      ...commands.settings,
    }),
  );
}

/** The files' pairs; where their names have variables, they are read for each handshake. */
function certificateOf(
  block: Block,
  files: PairFiles,
  passwords: string | undefined,
  registry: Registry<Session>,
  readText: ReadText,
): TlsServerCertificate {
  const { certificates, keys } = files;
  if (![...certificates, ...keys].some((path) => path.includes("$")))
    return { pairs: readPairs(files, passwords, readText) };
  const place = block.statement!.name.place;
  const texts = (all: readonly string[]) => all.map((text) => compile({ text, place }, registry));
  const [certificateTexts, keyTexts] = [texts(certificates), texts(keys)];
  return {
    pairs: [],
    load: (serverName, { realSource, realDestination, proxyProtocol }) => {
      const session = new Session(0, "TCP", realSource, realDestination, proxyProtocol);
      session.tls = { ...nothingKnown, serverName: serverName === "" ? undefined : serverName };
      const values = (all: typeof keyTexts) => all.map((text) => text.value(session));
      return readPairs(
        { certificates: values(certificateTexts), keys: values(keyTexts) },
        passwords,
        readText,
      );
    },
  };
}

/** TLS towards servers. `verifyHost`: the name that their certificates must bear. @throws Mistake; the function OpenSSL's error, or Mistake */
export function clientTls(
  block: Block,
  registry: Registry<Session>,
  readText: ReadText,
  verifyHost: string | undefined,
): ClientOf<Session> {
  const commands = commanded(block.value(proxied.proxySslConfCommand), "proxy_ssl_conf_command", readText);
  const said = block.value(proxied.proxySslCertificate);
  const place = said?.place ?? block.statement!.name.place;
  const certificate = commands.certificate ?? said?.text ?? "";
  const key = commands.key ?? block.value(proxied.proxySslCertificateKey)?.text ?? certificate;
  const passwords = optional(block.value(proxied.proxySslPasswordFile), readText);
  const ciphers = block.value(proxied.proxySslCiphers);
  return made(block, "cannot load certificate", () => {
    const settings: TlsClientSettings = {
      ...versionRange(block.value(proxied.proxySslProtocols)),
      ...(ciphers === "DEFAULT" ? {} : { ciphers }),
      verify: block.value(proxied.proxySslVerify) ? "required" : "none",
      verifyHost,
      ca: optional(block.value(proxied.proxySslTrustedCertificate), readText),
      crl: optional(block.value(proxied.proxySslCrl), readText),
      verifyDepth: block.value(proxied.proxySslVerifyDepth),
      reuse: block.value(proxied.proxySslSessionReuse),
      ...commands.settings,
    };
    if (`${certificate}${key}`.includes("$")) {
      const texts = {
        certificate: compile({ text: certificate, place }, registry),
        key: compile({ text: key, place }, registry),
      };
      return changingClient(settings, texts, passwords, readText);
    }
    const files = { certificates: certificate === "" ? [] : [certificate], keys: [key] };
    const client = makeTlsClient({ ...settings, certificate: readPairs(files, passwords, readText)[0] });
    return unchangingClient(client);
  });
}
