import { nameEntries, oneLine } from "../samples/certificate.js";
import { algorithmName } from "./algorithms.js";
import { children, derOf, type Element, element, objectNumber, timeText } from "./der.js";

/**
 * What `show ssl crl-file` tells of a revocation list (RFC 5280, section 5.1):
 *
 *     CertificateList ::= SEQUENCE { tbsCertList, signatureAlgorithm, signatureValue }
 *     TBSCertList ::= SEQUENCE { version OPTIONAL, signature, issuer, thisUpdate, nextUpdate OPTIONAL,
 *                                revokedCertificates SEQUENCE OF SEQUENCE { serial, date, … } OPTIONAL, [0] extensions OPTIONAL }
 *
 * @throws RangeError where it isn't one
 */
export function revocationListText(pem: string): string {
  const [body, signature] = children(element(derOf(pem), 0).content) as [Element, Element];
  const parts = children(body.content);
  const version = parts[0]?.tag === 0x02 ? (parts.shift() as Element) : undefined;
  const [, issuer, thisUpdate] = parts.splice(0, 3) as [Element, Element, Element];
  const isTime = (part: Element | undefined) => part?.tag === 0x17 || part?.tag === 0x18;
  const nextUpdate = isTime(parts[0]) ? parts.shift() : undefined;
  const revoked = parts[0]?.tag === 0x30 ? children(parts[0].content) : [];
  const lines = [
    `Version ${(version?.content[0] ?? 0) + 1}`,
    `Signature Algorithm: ${algorithmName(objectNumber(element(signature.content, 0).content))}`,
    `Issuer: ${oneLine(nameEntries(issuer.content))}`,
    `Last Update: ${timeText(thisUpdate)}`,
    `Next Update: ${nextUpdate === undefined ? "NONE" : timeText(nextUpdate)}`,
    revoked.length > 0 ? "Revoked Certificates:" : "No Revoked Certificates.",
  ];
  for (const entry of revoked) {
    const [serial, date] = children(entry.content) as [Element, Element];
    lines.push(`    Serial Number: ${serialText(serial)}`, `        Revocation Date: ${timeText(date)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** As i2a_ASN1_INTEGER has it: "1007". */
export const serialText = ({ content }: Element): string =>
  content
    .toString("hex")
    .toUpperCase()
    .replace(/^(00)+(?=..)/, "");
