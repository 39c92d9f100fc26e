import { readFileSync } from "node:fs";
import { Mistake } from "../../../config/nginx/mistake.js";
import {
  makeTlsServer,
  type ServerTls,
  type TlsServerCertificate,
  type TlsVersionName,
} from "../../../proxy/index.js";
import { keyPair } from "../../key-pair.js";
import type { Surroundings } from "./build.js";
import { type Block, tls } from "./definitions.js";
import type { HttpAddress } from "./http.js";

/**
 * The TLS of an address: the default server's settings, and each server's certificate by its names.
 * @throws Mistake where a certificate can't be read, in nginx's words
 */
export function tlsServerOf({ blocks, listen }: HttpAddress, build: Surroundings): ServerTls {
  const usual = blocks[0]!.block;
  const certificates = blocks.map(({ block, server }, at): TlsServerCertificate => {
    const filters = server.names
      .filter(({ kind }) => kind !== "regex")
      .flatMap(({ name }) => filtersOf(name));
    return { ...certificateOf(block, build), ...(at > 0 && { filters }) };
  });
  const verify = usual.value(tls.sslVerifyClient);
  const versions = usual.value(tls.sslProtocols) as readonly string[];
  const known = (["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const).filter((name) =>
    versions.includes(name),
  );
  const ciphers = usual.value(tls.sslCiphers);
  return makeTlsServer({
    certificates,
    ca: text(build, usual.value(tls.sslClientCertificate) ?? usual.value(tls.sslTrustedCertificate)),
    crl: text(build, usual.value(tls.sslCrl)),
    alpn: listen.http2 ? ["h2", "http/1.1"] : ["http/1.1"],
    ciphers,
    minVersion: known[0] as TlsVersionName | undefined,
    maxVersion: known.at(-1) as TlsVersionName | undefined,
    verify: verify === "on" || verify.startsWith("optional") ? "optional" : "none",
    ...(verify !== "off" && { ignoreErrors: { certificate: "all", authority: "all" } }),
    preferClientCiphers: !usual.value(tls.sslPreferServerCiphers),
    tickets: usual.value(tls.sslSessionTickets),
    sessionLifetimeMs: usual.value(tls.sslSessionTimeout) * 1000,
  });
}

/** ".example.com" is that name and all below it. */
const filtersOf = (name: string): string[] =>
  name.startsWith(".") ? [name.slice(1), `*${name}`] : name === "" ? [] : [name];

function certificateOf(block: Block, build: Surroundings): TlsServerCertificate {
  const certificates = block.value(tls.sslCertificate) ?? [];
  const keys = block.value(tls.sslCertificateKey) ?? [];
  return {
    pairs: certificates.map((path, at) =>
      keyPair(
        text(build, path, "BIO_new_file")!,
        text(build, keys[at] ?? path, "BIO_new_file")!,
        text(build, block.value(tls.sslPasswordFile)),
      ),
    ),
  };
}

function text(build: Surroundings, path: string | undefined, doing = "fopen"): string | undefined {
  if (path === undefined || path === "") return undefined;
  const whole = path.startsWith("/") ? path : build.confPrefix + path;
  try {
    return readFileSync(whole, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "No such file or directory" : (code ?? "");
    throw new Mistake(`cannot load certificate "${whole}": ${doing}() failed (SSL: ${reason})`, {
      code: "no-certificate",
      placeless: true,
    });
  }
}
