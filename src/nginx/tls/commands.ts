import { Mistake } from "../../config/nginx/mistake.js";
import type { Template } from "../../config/nginx/model/index.js";
import type { TlsCommon, TlsVersionName } from "../../proxy/index.js";

/** What `ssl_conf_command` and its like say, one after the other. */
export interface Command {
  readonly name: string;
  readonly value: Template;
}

/** What commands change of a context's settings; files are read already. */
export interface Commanded {
  readonly settings: {
    -readonly [K in
      | "ciphers"
      | "cipherSuites"
      | "curves"
      | "signatureAlgorithms"
      | "dhParameters"
      | "minVersion"
      | "maxVersion"
      | "tickets"
      | "options"]?: TlsCommon[K];
  } & { preferClientCiphers?: boolean };
  /** Files of a certificate and of its key that stand for those that other directives name. */
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/** Words of `Options` that are bits (SSL_CONF_cmd(3), openssl/ssl.h), and whether the bit means the word or its contrary. */
const bits: Readonly<Record<string, readonly [bit: number, means: boolean]>> = {
  ExtendedMasterSecret: [2 ** 0, false],
  KTLS: [2 ** 3, true],
  UnsafeLegacyServerConnect: [2 ** 2, true],
  AllowNoDHEKEX: [2 ** 10, true],
  EmptyFragments: [2 ** 11, false],
  NoResumptionOnRenegotiation: [2 ** 16, true],
  Compression: [2 ** 17, false],
  UnsafeLegacyRenegotiation: [2 ** 18, true],
  EncryptThenMac: [2 ** 19, false],
  MiddleboxCompat: [2 ** 20, true],
  PrioritizeChaCha: [2 ** 21, true],
  AntiReplay: [2 ** 24, false],
  NoRenegotiation: [2 ** 30, true],
};

const versions: readonly TlsVersionName[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/**
 * What commands of OpenSSL's configuration come to, as far as node:tls takes it (SSL_CONF_cmd).
 * @param directive "ssl_conf_command", for the sentence
 * @param readText reads a file that a command names
 * @throws Mistake of a command that isn't done, or a value that is wrong
 */
export function commanded(
  commands: readonly Command[] | undefined,
  directive: string,
  readText: (path: string) => string,
): Commanded {
  const made: Commanded & { certificate: string | undefined; key: string | undefined } = {
    settings: {},
    certificate: undefined,
    key: undefined,
  };
  for (const { name, value } of commands ?? []) {
    const { text } = value;
    const fail = () =>
      new Mistake(`SSL_CONF_cmd("${name}", "${text}") failed: ${directive} can't do this here`, {
        code: "not-done",
        place: value.place,
      });
    const version = () => {
      const found = versions.find((each) => each.toLowerCase() === text.toLowerCase());
      if (found === undefined) throw fail();
      return found;
    };
    const { settings } = made;
    switch (name.toLowerCase()) {
      case "ciphersuites":
        settings.cipherSuites = text;
        break;
      case "cipherstring":
        settings.ciphers = text;
        break;
      case "curves":
      case "groups":
        settings.curves = text;
        break;
      case "signaturealgorithms":
        settings.signatureAlgorithms = text;
        break;
      case "dhparameters":
        settings.dhParameters = readText(text);
        break;
      case "minprotocol":
        settings.minVersion = version();
        break;
      case "maxprotocol":
        settings.maxVersion = version();
        break;
      case "certificate":
        made.certificate = text;
        break;
      case "privatekey":
        made.key = text;
        break;
      case "options":
        for (const word of text.split(",")) if (!takeOption(settings, word.trim())) throw fail();
        break;
      default:
        throw fail();
    }
  }
  return made;
}

/** "SessionTicket", "-ServerPreference"; false: it is none that is known. */
function takeOption(settings: Commanded["settings"], word: string): boolean {
  const isOn = !word.startsWith("-");
  const name = word.replace(/^[+-]/, "").toLowerCase();
  if (name === "sessionticket") settings.tickets = isOn;
  else if (name === "serverpreference") settings.preferClientCiphers = !isOn;
  else {
    const found = Object.entries(bits).find(([each]) => each.toLowerCase() === name)?.[1];
    if (found === undefined) return false;
    const [bit, means] = found;
    const { on, off } = settings.options ?? { on: 0, off: 0 };
    settings.options = isOn === means ? { on: on | bit, off: off & ~bit } : { on: on & ~bit, off: off | bit };
  }
  return true;
}
