import { readFileSync } from "node:fs";
import { Mistake } from "../../../config/nginx/mistake.js";
import {
  type ErrorSet,
  makeTlsServer,
  type ServerTls,
  type TlsServerCertificate,
  type TlsServerSettings,
  type TlsVersionName,
} from "../../../proxy/index.js";
import { type Commanded, commanded } from "../../tls/commands.js";
import { readPairs } from "../../tls/pairs.js";
import type { HttpRequest } from "../request.js";
import type { HttpServer } from "../runtime.js";
import type { Surroundings } from "./build.js";
import { handshakeSubject } from "./certificates.js";
import { type Block, tls } from "./definitions.js";
import type { HttpAddress } from "./http.js";

/**
 * The TLS of an address: each server's certificate and settings, chosen by the name that a client asks for.
 * @throws Mistake where a certificate can't be read, in nginx's words
 */
export function tlsServerOf({ blocks, listen, names }: HttpAddress, build: Surroundings): ServerTls {
  const alpn = listen.http2 ? ["h2", "http/1.1"] : ["http/1.1"];
  const certificates = blocks.map(({ block, server }): TlsServerCertificate => {
    const commands = commandsOf(block, build);
    const settings = { ...settingsOf(block, build), ...commands.settings, alpn };
    if (block.value(tls.sslRejectHandshake)) return { pairs: [], settings, rejects: true };
    return { ...certificateOf(block, server, commands, build), settings };
  });
  // A server without a certificate is for those whose default has one.
  const [usual] = certificates as [TlsServerCertificate];
  // Of a session that is taken up again Node doesn't tell the name, so that one server's check could stand for another's.
  const mixes = blocks.length > 1 && certificates.some(({ settings }) => settings?.verify === "optional");
  return makeTlsServer({
    certificates: certificates.map((each) => ({
      ...each,
      ...(each.pairs.length === 0 && !each.load && !each.rejects && { pairs: usual.pairs, load: usual.load }),
      settings: { ...each.settings, ...(mixes && { tickets: false, sessionLimit: 0 }) },
    })),
    ...usual.settings,
    ...(mixes && { tickets: false, sessionLimit: 0 }),
    choose: (serverName) => {
      // What expressions catch isn't needed here.
      const catches = { known: [], captured: undefined } as unknown as HttpRequest;
      const found = names.find(serverName, catches);
      return blocks.findIndex(({ server }) => server === found);
    },
  });
}

/** What a server's directives say of its handshakes. */
function settingsOf(block: Block, build: Surroundings): Partial<TlsServerSettings> {
  const verify = block.value(tls.sslVerifyClient);
  const versions = block.value(tls.sslProtocols) as readonly string[];
  const known = (["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const).filter((name) =>
    versions.includes(name),
  );
  const curves = block.value(tls.sslEcdhCurve);
  const all: ErrorSet = "all";
  return {
    ca: authoritiesOf(block, build),
    crl: textOfFile(build, block.value(tls.sslCrl)),
    ciphers: block.value(tls.sslCiphers),
    dhParameters: textOfFile(build, block.value(tls.sslDhparam)),
    ...(curves !== "auto" && { curves }),
    minVersion: known[0] as TlsVersionName | undefined,
    maxVersion: known.at(-1) as TlsVersionName | undefined,
    verify: verify === "off" ? "none" : "optional",
    ...(verify !== "off" && { ignoreErrors: { certificate: all, authority: all } }),
    preferClientCiphers: !block.value(tls.sslPreferServerCiphers),
    tickets: block.value(tls.sslSessionTickets),
    sessionLifetimeMs: block.value(tls.sslSessionTimeout) * 1000,
  };
}

/** Node tells clients of all of them as those that it takes certificates of. */
function authoritiesOf(block: Block, build: Surroundings): string | undefined {
  const texts = [tls.sslClientCertificate, tls.sslTrustedCertificate].flatMap(
    (directive) => textOfFile(build, block.value(directive)) ?? [],
  );
  return texts.length === 0 ? undefined : texts.join("\n");
}

const commandsOf = (block: Block, build: Surroundings): Commanded =>
  commanded(block.value(tls.sslConfCommand), "ssl_conf_command", (path) => textOfFile(build, path)!);

function certificateOf(
  block: Block,
  server: HttpServer,
  { certificate, key }: Commanded,
  build: Surroundings,
): TlsServerCertificate {
  const passwords = textOfFile(build, block.value(tls.sslPasswordFile));
  const readText = (path: string) => textOfFile(build, path, "BIO_new_file")!;
  const { certificateTexts: texts } = server;
  if (texts !== undefined && certificate === undefined)
    return {
      pairs: [],
      load: (serverName, info) => {
        const subject = handshakeSubject(server, info, serverName, build.errorLog);
        const files = {
          certificates: texts.certificates.map((text) => text.value(subject)),
          keys: texts.keys.map((text) => text.value(subject)),
        };
        return readPairs(files, passwords, readText);
      },
    };
  const files = {
    certificates: certificate === undefined ? (block.value(tls.sslCertificate) ?? []) : [certificate],
    keys: key === undefined ? (block.value(tls.sslCertificateKey) ?? []) : [key],
  };
  return { pairs: readPairs(files, passwords, readText) };
}

function textOfFile(build: Surroundings, path: string | undefined, doing = "fopen"): string | undefined {
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
