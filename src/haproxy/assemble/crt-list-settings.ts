import type { TlsSettings, TlsVersion } from "../../config/haproxy/model/index.js";
import type { TlsServerSettings } from "../../proxy/index.js";
import { authorities, readText } from "./pem.js";
import { versionName } from "./tls-versions.js";

/** What a crt-list's brackets may say: words of a bind line. */
export function crtListSettings(words: readonly string[], bind: TlsSettings): Partial<TlsServerSettings> {
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
