import type { Directive } from "../grammar/directive.js";
import { Mistake } from "../grammar/mistake.js";
import type { TlsSettings, TlsVersion } from "../model/tls.js";
import type { Mutable } from "./proxy-draft.js";
import type { Reading } from "./reading.js";

/** TLS settings while a bind or server line is read. */
export interface TlsDraft extends Omit<Mutable<TlsSettings>, "certificates" | "certificateLists"> {
  certificates: string[];
  certificateLists: string[];
  /** Versions that no-… and force-… words leave out. */
  without: Set<TlsVersion>;
}

export const newTls = (): TlsDraft => ({
  certificates: [],
  certificateLists: [],
  caFile: undefined,
  caVerifyFile: undefined,
  crlFile: undefined,
  verify: undefined,
  verifyHost: undefined,
  alpn: undefined,
  npn: undefined,
  ciphers: undefined,
  cipherSuites: undefined,
  curves: undefined,
  ecdhe: undefined,
  minVersion: undefined,
  maxVersion: undefined,
  tickets: true,
  reuse: true,
  allow0rtt: false,
  strictSni: false,
  preferClientCiphers: false,
  generateCertificates: false,
  caSignFile: undefined,
  caSignPass: undefined,
  crtIgnoreErrors: [],
  caIgnoreErrors: [],
  ticketKeysFile: undefined,
  without: new Set(),
});

export const copyTls = (from: TlsDraft): TlsDraft => ({
  ...from,
  certificates: [...from.certificates],
  certificateLists: [...from.certificateLists],
  without: new Set(from.without),
});

const versions: readonly TlsVersion[] = ["SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
const versionWords: Readonly<Record<string, TlsVersion>> = {
  sslv3: "SSLv3",
  tlsv10: "TLSv1.0",
  tlsv11: "TLSv1.1",
  tlsv12: "TLSv1.2",
  tlsv13: "TLSv1.3",
};

/** A path that a *-base keyword stands before. */
export function under(base: string | undefined, path: string): string {
  return base === undefined || path.startsWith("/") || path.startsWith("@") ? path : `${base}/${path}`;
}

function file(reading: Reading, path: string, words: (reason: string) => string): string {
  if (path.startsWith("@")) return path;
  const found = reading.world.readFile(path);
  if ("reason" in found && found.reason !== "Is a directory")
    throw new Mistake(words(found.reason), { code: "no-file" });
  return path;
}

const value = (directive: Directive, index: number, what: string): string => {
  const word = directive.at(index + 1);
  if (word === "")
    throw new Mistake(`'${directive.at(index)}' : missing ${what}`, { code: "missing-argument" });
  return word;
};

const list = (text: string) => text.split(",").filter((word) => word !== "");

/** Names of ALPN as written: each of them 1 to 255 bytes. */
function protocols(directive: Directive, index: number, what: string): readonly string[] {
  const text = value(directive, index, `the comma-delimited ${what} protocol suite`);
  for (const one of text.split(","))
    if (one === "" || one.length > 255)
      throw new Mistake(`'${directive.at(index)}' : ${what} protocol name too long`, {
        code: "invalid-value",
      });
  return list(text);
}

/** A TLS word that bind and server lines share; says whether it was one. */
export function sharedTls(directive: Directive, index: number, tls: TlsDraft): boolean {
  const word = directive.at(index);
  const { reading } = directive;
  const { caBase } = reading.global;
  switch (word) {
    case "alpn":
      tls.alpn = protocols(directive, index, "ALPN");
      return true;
    case "npn":
      tls.npn = protocols(directive, index, "NPN");
      return true;
    case "ciphers":
      tls.ciphers = value(directive, index, "cipher suite");
      return true;
    case "ciphersuites":
      tls.cipherSuites = value(directive, index, "cipher suite");
      return true;
    case "ca-file": {
      const path = under(caBase, value(directive, index, "CAfile path"));
      tls.caFile = file(reading, path, () => `'${word}' : unable to load ${path}`);
      return true;
    }
    case "crl-file": {
      const path = under(caBase, value(directive, index, "CRLfile path"));
      tls.crlFile = file(reading, path, () => `'${word}' : unable to load ${path}`);
      return true;
    }
    case "allow-0rtt":
      tls.allow0rtt = true;
      return true;
    case "no-tls-tickets":
      tls.tickets = false;
      return true;
    case "tls-tickets":
      tls.tickets = true;
      return true;
    case "ssl-min-ver":
    case "ssl-max-ver": {
      const text = value(directive, index, "argument");
      if (!versions.includes(text as TlsVersion))
        throw new Mistake(`'${word}' : unknown SSL/TLS version '${text}'`, {
          code: "invalid-value",
          remedy: `The versions are ${versions.join(", ")}.`,
        });
      tls[word === "ssl-min-ver" ? "minVersion" : "maxVersion"] = text as TlsVersion;
      return true;
    }
  }
  const found = /^(no|force)-(sslv3|tlsv1[0-3])$/.exec(word);
  if (!found) return false;
  const version = versionWords[found[2]!]!;
  if (found[1] === "no") tls.without.add(version);
  else {
    tls.minVersion = version;
    tls.maxVersion = version;
  }
  return true;
}

/** A TLS word of a bind line. */
export function bindTls(directive: Directive, index: number, tls: TlsDraft): void {
  if (sharedTls(directive, index, tls)) return;
  const word = directive.at(index);
  const { reading } = directive;
  const { caBase, crtBase } = reading.global;
  switch (word) {
    case "crt": {
      const path = under(crtBase, value(directive, index, "certificate location"));
      // One name may stand for a certificate of each kind of key.
      const kinds = ["rsa", "ecdsa", "dsa"].map((kind) => `${path}.${kind}`);
      const bundle = kinds.filter((one) => "bytes" in reading.world.readFile(one));
      if (bundle.length === 0 || "bytes" in reading.world.readFile(path))
        file(reading, path, (reason) => `unable to stat SSL certificate from file '${path}' : ${reason}.`);
      tls.certificates.push(path);
      return;
    }
    case "crt-list": {
      const path = value(directive, index, "certificate list location");
      file(reading, path, (reason) => `unable to open ssl crt-list file '${path}' : ${reason}`);
      tls.certificateLists.push(path);
      return;
    }
    case "ca-verify-file": {
      const path = under(caBase, value(directive, index, "CAfile path"));
      tls.caVerifyFile = file(reading, path, () => `'${word}' : unable to load ${path}`);
      return;
    }
    case "ca-sign-file":
      tls.caSignFile = under(caBase, value(directive, index, "CAfile path"));
      return;
    case "ca-sign-pass":
      tls.caSignPass = value(directive, index, "CAkey password");
      return;
    case "crt-ignore-err":
      tls.crtIgnoreErrors = list(value(directive, index, "error IDs list"));
      return;
    case "ca-ignore-err":
      tls.caIgnoreErrors = list(value(directive, index, "error IDs list"));
      return;
    case "curves":
      tls.curves = value(directive, index, "curve suite");
      return;
    case "ecdhe":
      tls.ecdhe = value(directive, index, "named curve");
      return;
    case "verify": {
      const text = value(directive, index, "verify method");
      if (text !== "none" && text !== "optional" && text !== "required")
        throw new Mistake(
          `'${word}' : unknown verify method '${text}', only 'none', 'optional', and 'required' are supported`,
          {
            code: "invalid-value",
          },
        );
      tls.verify = text;
      return;
    }
    case "strict-sni":
      tls.strictSni = true;
      return;
    case "prefer-client-ciphers":
      tls.preferClientCiphers = true;
      return;
    case "generate-certificates":
      tls.generateCertificates = true;
      return;
    case "tls-ticket-keys": {
      const path = value(directive, index, "TLS ticket keys file path");
      tls.ticketKeysFile = file(reading, path, () => `'${word}' : unable to load ssl tickets keys file`);
      return;
    }
  }
}

/** The range of versions that all words together leave. */
export function finishTls(tls: TlsDraft): TlsSettings {
  const { without, ...settings } = tls;
  const from = settings.minVersion ? versions.indexOf(settings.minVersion) : 0;
  const to = settings.maxVersion ? versions.indexOf(settings.maxVersion) : versions.length - 1;
  if (without.size === 0) return settings;
  const left = versions.filter((version, index) => index >= from && index <= to && !without.has(version));
  return {
    ...settings,
    minVersion: left[0] ?? settings.minVersion,
    maxVersion: left.at(-1) ?? settings.maxVersion,
  };
}

/** Settings of a bind line, which count only with `ssl`. */
export function finishBindTls(directive: Directive, ssl: boolean, tls: TlsDraft): TlsSettings | undefined {
  if (!ssl) return undefined;
  const { global } = directive.reading;
  const words = global.tlsBindOptions;
  const has = (word: string) => words.includes(word);
  const defaults = {
    ciphers: tls.ciphers ?? global.tlsBindCiphers,
    cipherSuites: tls.cipherSuites ?? global.tlsBindCipherSuites,
  };
  const draft = { ...tls, ...defaults, without: new Set(tls.without) };
  if (has("no-tls-tickets")) draft.tickets = false;
  if (has("prefer-client-ciphers")) draft.preferClientCiphers = true;
  applyVersionWords(words, draft);
  return finishTls(draft);
}

/** ssl-default-bind-options and ssl-default-server-options: a line's own words come first. */
export function applyVersionWords(words: readonly string[], tls: TlsDraft): void {
  words.forEach((word, index) => {
    const found = /^(no|force)-(sslv3|tlsv1[0-3])$/.exec(word);
    if (found?.[1] === "no") tls.without.add(versionWords[found[2]!]!);
    if (found?.[1] === "force") {
      tls.minVersion ??= versionWords[found[2]!]!;
      tls.maxVersion ??= versionWords[found[2]!]!;
    }
    if (word === "ssl-min-ver") tls.minVersion ??= words[index + 1] as TlsVersion;
    if (word === "ssl-max-ver") tls.maxVersion ??= words[index + 1] as TlsVersion;
  });
}
