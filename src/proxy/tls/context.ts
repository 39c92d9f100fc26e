import { constants } from "node:crypto";
import {
  createSecureContext,
  DEFAULT_CIPHERS,
  type SecureContext,
  type SecureContextOptions,
} from "node:tls";
import type { KeyPair, TlsCommon } from "./settings.js";

const { SSL_OP_NO_TICKET, SSL_OP_CIPHER_SERVER_PREFERENCE } = constants;

/** An OpenSSL context. @throws OpenSSL's error where a certificate, key or list is wrong. */
export function secureContext(
  settings: TlsCommon & {
    verify?: "none" | "optional" | "required" | undefined;
    preferClientCiphers?: boolean | undefined;
    ticketKeys?: Buffer | undefined;
  },
  pairs: readonly KeyPair[],
  side: "server" | "client",
): SecureContext {
  const options: SecureContextOptions = {
    secureOptions:
      ((settings.tickets === false && !(side === "server" && onlyNewest(settings)) ? SSL_OP_NO_TICKET : 0) |
        (side === "server" && !settings.preferClientCiphers ? SSL_OP_CIPHER_SERVER_PREFERENCE : 0) |
        (settings.options?.on ?? 0)) &
      ~(settings.options?.off ?? 0),
    ciphers: cipherList(settings),
    minVersion: settings.minVersion ?? "TLSv1.2",
    maxVersion: settings.maxVersion ?? "TLSv1.3",
  };
  if (pairs.length > 0) {
    options.cert = pairs.map((pair) => pair.cert);
    options.key = pairs.map((pair) =>
      pair.passphrase === undefined ? { pem: pair.key } : { pem: pair.key, passphrase: pair.passphrase },
    );
  }
  // OpenSSL also makes the chain that is sent of them: those who verify nothing shouldn't send what they weren't given for that.
  const verifies = (settings.verify ?? "none") !== "none";
  if (verifies && settings.ca !== undefined) options.ca = settings.ca;
  // Of a text Node takes the first list alone.
  if (verifies && settings.crl !== undefined)
    options.crl =
      settings.crl.match(/-----BEGIN X509 CRL-----[\s\S]*?-----END X509 CRL-----/g) ?? settings.crl;
  if (settings.curves !== undefined) options.ecdhCurve = settings.curves;
  if (settings.signatureAlgorithms !== undefined) options.sigalgs = settings.signatureAlgorithms;
  if (settings.dhParameters !== undefined) options.dhparam = settings.dhParameters;
  if (side === "server") options.sessionIdContext = "rondo";
  if (settings.ticketKeys !== undefined) options.ticketKeys = settings.ticketKeys;
  return createSecureContext(options);
}

/** TLS 1.3 alone, for which Node keeps no sessions: see PassingTicketKeys. */
export const onlyNewest = ({ minVersion }: TlsCommon): boolean => minVersion === "TLSv1.3";

/** Node takes both lists as one; what isn't said of one is its default. */
function cipherList(settings: TlsCommon): string {
  const defaults = DEFAULT_CIPHERS.split(":");
  const suites = settings.cipherSuites ?? defaults.filter((each) => each.startsWith("TLS_")).join(":");
  const older = settings.ciphers ?? defaults.filter((each) => !each.startsWith("TLS_")).join(":");
  return [suites, older].filter((each) => each !== "").join(":");
}
