import { X509Certificate } from "node:crypto";
import { certificatesIn } from "./pem-blocks.js";

/** What `show ssl cert` and `show ssl ca-file` tell of a certificate; `chain` are those that came with it. */
export function certificateText(pem: string, chain: readonly string[] = []): string {
  const certificate = new X509Certificate(pem);
  const lines = [
    `Serial: ${certificate.serialNumber}`,
    `notBefore: ${certificate.validFrom}`,
    `notAfter: ${certificate.validTo}`,
    `Subject Alternative Name: ${alternativeNames(certificate)}`,
    `Algorithm: ${algorithm(certificate)}`,
    `SHA1 FingerPrint: ${certificate.fingerprint.replaceAll(":", "")}`,
    `Subject: ${oneLineName(certificate.subject)}`,
    `Issuer: ${oneLineName(certificate.issuer)}`,
  ];
  for (const each of chain) {
    const above = new X509Certificate(each);
    lines.push(`Chain Subject: ${oneLineName(above.subject)}`, `Chain Issuer: ${oneLineName(above.issuer)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Of a file: its first certificate, and the others as its chain. */
export function fileText(text: string): string {
  const [first, ...chain] = certificatesIn(text);
  return first === undefined ? "" : certificateText(first, chain);
}

const alternativeNames = (certificate: X509Certificate) =>
  (certificate.subjectAltName ?? "")
    .split(", ")
    .filter((name) => name.startsWith("DNS:"))
    .join(", ");

/** "RSA2048", "EC256" */
function algorithm({ publicKey }: X509Certificate): string {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (type === "ec") return `EC${/\d{3}/.exec(details?.namedCurve ?? "")?.[0] ?? ""}`;
  return `${(type ?? "").toUpperCase().replace(/-PSS$/, "")}${details?.modulusLength ?? ""}`;
}

/** "/C=FR/O=Example/CN=www" of a name that has one part a line. */
export const oneLineName = (name: string | undefined): string =>
  (name ?? "")
    .split("\n")
    .filter((part) => part !== "")
    .map((part) => `/${part}`)
    .join("");
