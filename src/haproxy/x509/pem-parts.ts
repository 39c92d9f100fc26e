import { derOf, pemOf } from "./der.js";

/**
 * What stands in a PEM file, by its blocks. A certificate is kept as one text with all that belongs to it: what HAProxy reads from FILE.ocsp and
 * FILE.issuer stands in it as blocks of our own, "OCSP RESPONSE" and "OCSP ISSUER".
 */
export interface PemParts {
  readonly certificates: readonly string[];
  readonly key: string | undefined;
  readonly dhParameters: string | undefined;
  /** DER */
  readonly ocspResponse: Buffer | undefined;
  /** The certificate of who signed the first one. */
  readonly issuer: string | undefined;
}

const ocspBlock = "OCSP RESPONSE";
const issuerBlock = "OCSP ISSUER";

export function pemParts(text: string): PemParts {
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g)];
  const of = (test: (kind: string) => boolean) =>
    blocks.filter(([, kind]) => test(kind!)).map(([block]) => `${block}\n`);
  const ocsp = of((kind) => kind === ocspBlock)[0];
  return {
    certificates: of(
      (kind) => kind === "CERTIFICATE" || kind === "X509 CERTIFICATE" || kind === "TRUSTED CERTIFICATE",
    ),
    key: of((kind) => kind.endsWith("PRIVATE KEY"))[0],
    dhParameters: of((kind) => kind === "DH PARAMETERS")[0],
    ocspResponse: ocsp === undefined ? undefined : derOf(ocsp),
    issuer: of((kind) => kind === issuerBlock)[0]?.replaceAll(issuerBlock, "CERTIFICATE"),
  };
}

const without = (text: string, kind: string): string =>
  text.replace(new RegExp(`-----BEGIN (${kind})-----[\\s\\S]*?-----END \\1-----\\n?`, "g"), "");

const joined = (text: string, block: string): string =>
  (text === "" || text.endsWith("\n") ? text : `${text}\n`) + block;

/** The same with another key; where there is none nothing is changed. */
export const withKey = (text: string, key: string | undefined): string =>
  key === undefined ? text : joined(without(text, "[A-Z ]*PRIVATE KEY"), key);

export const withOcspResponse = (text: string, der: Buffer): string =>
  joined(without(text, ocspBlock), pemOf(ocspBlock, der));

/** @param pem a certificate's text */
export function withIssuer(text: string, pem: string): string {
  const [certificate] = pemParts(pem).certificates;
  return certificate === undefined
    ? text
    : joined(without(text, issuerBlock), pemOf(issuerBlock, derOf(certificate)));
}
