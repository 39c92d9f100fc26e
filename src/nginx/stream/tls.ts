import type { Block } from "../../config/nginx/block.js";
import type { Pair } from "../../config/nginx/directives/builders.js";
import * as proxied from "../../config/nginx/directives/stream/proxy.js";
import * as directives from "../../config/nginx/directives/stream/tls.js";
import { Mistake } from "../../config/nginx/mistake.js";
import {
  type ClientTls,
  makeTlsClient,
  makeTlsServer,
  type ServerTls,
  type TlsVersionName,
} from "../../proxy/index.js";
import { keyPair } from "../key-pair.js";

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

function refuseCommands(block: Block, pairs: readonly Pair[] | undefined, name: string): void {
  if (pairs !== undefined && pairs.length > 0)
    throw new Mistake(`${name} is not done here`, { code: "not-done", place: block.statement!.end });
}

const optional = <T>(value: T | undefined, read: (value: T) => string): string | undefined =>
  value === undefined ? undefined : read(value);

/** TLS towards clients; undefined where a server has no certificate. @throws Mistake where OpenSSL doesn't take one of the files */
export function serverTls(block: Block, readText: ReadText): ServerTls | undefined {
  const certificates = block.value(directives.sslCertificate);
  if (certificates === undefined) return undefined;
  const keys = block.value(directives.sslCertificateKey) ?? [];
  refuseCommands(block, block.value(directives.sslConfCommand), "ssl_conf_command");
  if ([...certificates, ...keys].some((path) => path.includes("$")))
    throw new Mistake("variables in ssl_certificate are not done in stream", {
      code: "not-done",
      place: block.statement!.end,
    });
  const passwords = optional(block.value(directives.sslPasswordFile), readText);
  const verify = block.value(directives.sslVerifyClient);
  const authorities = [directives.sslClientCertificate, directives.sslTrustedCertificate]
    .map((directive) => block.value(directive))
    .filter((path) => path !== undefined);
  const curves = block.value(directives.sslEcdhCurve);
  const alpn = block.value(directives.sslAlpn);
  return made(block, "cannot load certificate", () =>
    makeTlsServer({
      certificates: [
        {
          pairs: certificates.map((path, at) =>
            keyPair(readText(path), readText(keys[at] ?? path), passwords),
          ),
          filters: ["*"],
        },
      ],
      ...versionRange(block.value(directives.sslProtocols)),
      ciphers: block.value(directives.sslCiphers),
      verify: verify === "off" ? "none" : verify === "on" ? "required" : "optional",
      ...(verify === "optional_no_ca" ? { ignoreErrors: { certificate: "all", authority: "all" } } : {}),
      ca: authorities.length === 0 ? undefined : authorities.map(readText).join("\n"),
      crl: optional(block.value(directives.sslCrl), readText),
      dhParameters: optional(block.value(directives.sslDhparam), readText),
      ...(curves === "auto" ? {} : { curves }),
      ...(alpn === undefined ? {} : { alpn }),
      preferClientCiphers: !block.value(directives.sslPreferServerCiphers),
      tickets: block.value(directives.sslSessionTickets),
      sessionLifetimeMs: 1000 * block.value(directives.sslSessionTimeout),
    }),
  );
}

/** TLS towards servers. `verifyHost`: the name that their certificates must bear. @throws Mistake */
export function clientTls(block: Block, readText: ReadText, verifyHost: string | undefined): ClientTls {
  refuseCommands(block, block.value(proxied.proxySslConfCommand), "proxy_ssl_conf_command");
  const certificate = block.value(proxied.proxySslCertificate)?.text;
  const key = block.value(proxied.proxySslCertificateKey)?.text ?? certificate;
  if (`${certificate}${key}`.includes("$"))
    throw new Mistake("variables in proxy_ssl_certificate are not done in stream", {
      code: "not-done",
      place: block.statement!.end,
    });
  const passwords = optional(block.value(proxied.proxySslPasswordFile), readText);
  const ciphers = block.value(proxied.proxySslCiphers);
  return made(block, "cannot load certificate", () =>
    makeTlsClient({
      ...versionRange(block.value(proxied.proxySslProtocols)),
      ...(ciphers === "DEFAULT" ? {} : { ciphers }),
      verify: block.value(proxied.proxySslVerify) ? "required" : "none",
      verifyHost,
      ca: optional(block.value(proxied.proxySslTrustedCertificate), readText),
      crl: optional(block.value(proxied.proxySslCrl), readText),
      certificate:
        certificate === undefined || certificate === ""
          ? undefined
          : keyPair(readText(certificate), readText(key!), passwords),
      reuse: block.value(proxied.proxySslSessionReuse),
    }),
  );
}
