import { createPrivateKey, X509Certificate } from "node:crypto";
import { revocationListText } from "../../x509/revocation-list.js";

const block = (kind: string) =>
  new RegExp(`-----BEGIN (?:${kind})-----[\\s\\S]*?-----END (?:${kind})-----`, "g");
const certificatePattern = block("CERTIFICATE|X509 CERTIFICATE|TRUSTED CERTIFICATE");
const keyPattern = block("(?:RSA |EC |DSA |ENCRYPTED )?PRIVATE KEY");
const listPattern = block("X509 CRL");

/** The blocks of PEM in a text, by their kinds. */
export const certificatesIn = (text: string): string[] => text.match(certificatePattern) ?? [];
export const keysIn = (text: string): string[] => text.match(keyPattern) ?? [];
export const revocationListsIn = (text: string): string[] => text.match(listPattern) ?? [];

/** What is wrong with a certificate and its key; undefined: they fit. */
export function pairFault(text: string, name: string): string | undefined {
  const [certificate] = certificatesIn(text);
  const [key] = keysIn(text);
  if (certificate === undefined || key === undefined)
    return "The transaction must contain at least a certificate and a private key!";
  try {
    if (new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) return undefined;
  } catch {
    // Told as below.
  }
  return `inconsistencies between private key and certificate loaded '${name}'.`;
}

/** Whether all certificates of a text can be read. */
export function certificatesAreSound(text: string): boolean {
  try {
    return certificatesIn(text).every((each) => new X509Certificate(each) instanceof X509Certificate);
  } catch {
    return false;
  }
}

/** Whether there are revocation lists in a text, and all can be read. */
export function revocationListsAreSound(text: string): boolean {
  const lists = revocationListsIn(text);
  try {
    return lists.length > 0 && lists.every((each) => revocationListText(each) !== "");
  } catch {
    return false;
  }
}
