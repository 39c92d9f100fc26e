import { createHash } from "node:crypto";
import { children, type Element, element, objectNumber } from "../x509/der.js";

/**
 * A certificate of X.509 (RFC 5280, section 4.1), taken apart as far as fetches look into it.
 *
 *     Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }
 *     TBSCertificate ::= SEQUENCE { [0] version, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, … }
 */
export interface Certificate {
  readonly version: number;
  readonly serial: Buffer;
  readonly signatureAlgorithm: string;
  readonly keyAlgorithm: string;
  readonly issuer: readonly NameEntry[];
  readonly subject: readonly NameEntry[];
  /** As UTCTime has them: "391231235959Z". */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly sha1: Buffer;
}

export interface NameEntry {
  /** OpenSSL's short name, or the object's number. */
  readonly name: string;
  readonly value: string; // latin1
}

/** OpenSSL's short names. */
const names: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.4": "SN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.9": "street",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.12": "title",
  "2.5.4.13": "description",
  "2.5.4.15": "businessCategory",
  "2.5.4.17": "postalCode",
  "2.5.4.41": "name",
  "2.5.4.42": "GN",
  "2.5.4.43": "initials",
  "2.5.4.44": "generationQualifier",
  "2.5.4.46": "dnQualifier",
  "2.5.4.65": "pseudonym",
  "2.5.4.97": "organizationIdentifier",
  "1.2.840.113549.1.9.1": "emailAddress",
  "1.2.840.113549.1.9.2": "unstructuredName",
  "0.9.2342.19200300.100.1.1": "UID",
  "0.9.2342.19200300.100.1.25": "DC",
  "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL",
  "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
  "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
  "1.2.840.113549.1.1.1": "rsaEncryption",
  "1.2.840.113549.1.1.4": "RSA-MD5",
  "1.2.840.113549.1.1.5": "RSA-SHA1",
  "1.2.840.113549.1.1.10": "RSASSA-PSS",
  "1.2.840.113549.1.1.11": "RSA-SHA256",
  "1.2.840.113549.1.1.12": "RSA-SHA384",
  "1.2.840.113549.1.1.13": "RSA-SHA512",
  "1.2.840.113549.1.1.14": "RSA-SHA224",
  "1.2.840.10045.2.1": "id-ecPublicKey",
  "1.2.840.10045.4.1": "ecdsa-with-SHA1",
  "1.2.840.10045.4.3.1": "ecdsa-with-SHA224",
  "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
  "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
  "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
  "1.2.840.10040.4.1": "dsaEncryption",
  "1.2.840.10040.4.3": "DSA-SHA1",
  "2.16.840.1.101.3.4.3.2": "dsa_with_SHA256",
  "1.3.101.112": "ED25519",
  "1.3.101.113": "ED448",
};
const nameOf = (content: Buffer): string => {
  const dotted = objectNumber(content);
  return names[dotted] ?? dotted;
};

const parsed = new WeakMap<Buffer, Certificate | undefined>();

/** undefined of what isn't a certificate. */
export function parseCertificate(der: Buffer): Certificate | undefined {
  if (parsed.has(der)) return parsed.get(der);
  let certificate: Certificate | undefined;
  try {
    certificate = takeApart(der);
  } catch {
    certificate = undefined;
  }
  parsed.set(der, certificate);
  return certificate;
}

function takeApart(der: Buffer): Certificate {
  const [body, signature] = children(element(der, 0).content) as [Element, Element];
  const all = children(body.content);
  const version = all[0]?.tag === 0xa0 ? (all.shift() as Element) : undefined;
  const [serial, , issuer, validity, subject, key] = all as [
    Element,
    Element,
    Element,
    Element,
    Element,
    Element,
  ];
  const [notBefore, notAfter] = children(validity.content) as [Element, Element];
  const keyAlgorithm = element(element(key.content, 0).content, 0);
  return {
    version: version === undefined ? 1 : (element(version.content, 0).content[0] as number) + 1,
    serial: stripped(serial.content),
    signatureAlgorithm: nameOf(element(signature.content, 0).content),
    keyAlgorithm: nameOf(keyAlgorithm.content),
    issuer: nameEntries(issuer.content),
    subject: nameEntries(subject.content),
    notBefore: timeOf(notBefore),
    notAfter: timeOf(notAfter),
    sha1: createHash("sha1").update(der).digest(),
  };
}

/** A number without the zero that keeps it from being negative: as OpenSSL holds it. */
const stripped = (content: Buffer): Buffer =>
  content.length > 1 && content[0] === 0 ? content.subarray(1) : content;

const timeOf = ({ tag, content }: Element): string => content.toString("latin1", tag === 0x18 ? 2 : 0);

/** RDNSequence: sets of pairs of an object and a string. */
export const nameEntries = (content: Buffer): NameEntry[] =>
  children(content).flatMap((set) =>
    children(set.content).map((pair) => {
      const [type, value] = children(pair.content) as [Element, Element];
      return { name: nameOf(type.content), value: value.content.toString("latin1") };
    }),
  );

/** "/C=FR/O=Example/CN=host" (ssl_sock_get_dn_oneline). */
export const oneLine = (entries: readonly NameEntry[]): string =>
  entries.map(({ name, value }) => `/${name}=${value}`).join("");

/** One entry by its name: the first, the last by -1. */
export function entryValue(entries: readonly NameEntry[], name: string, at: number): string | undefined {
  const found = entries.filter((each) => each.name.toLowerCase() === name.toLowerCase());
  return at < 0 ? found[found.length + at]?.value : found[at - 1]?.value;
}

/** RFC 2253's form: from the last entry to the first, with backslashes before what separates. */
export const rfc2253 = (entries: readonly NameEntry[]): string =>
  [...entries]
    .reverse()
    .map(({ name, value }) => `${name}=${escape2253(value)}`)
    .join(",");

const escape2253 = (value: string): string =>
  value
    .replace(/[,+"\\<>;]/g, "\\$&")
    .replace(/^[# ]| $/g, "\\$&")
    .replace(/[^ -~]/g, (char) => `\\${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
