import { createHash, X509Certificate } from "node:crypto";
import { type NameEntry, nameEntries } from "../samples/certificate.js";
import { algorithmName } from "./algorithms.js";
import {
  children,
  type Element,
  element,
  integer,
  made,
  objectIdentifier,
  objectNumber,
  pemOf,
  timeText,
} from "./der.js";
import { serialText } from "./revocation-list.js";

/** What an answer about one certificate says. */
export interface SingleResponse {
  /** DER of its CertID, in hexadecimal: HAProxy's name of the response. */
  readonly key: string;
  readonly hash: string;
  readonly nameHash: string;
  readonly keyHash: string;
  readonly serial: string;
  readonly status: "good" | "revoked" | "unknown";
  readonly revoked: { readonly at: string; readonly reason: number | undefined } | undefined;
  readonly thisUpdate: Element;
  readonly nextUpdate: Element | undefined;
}

/**
 * A response of OCSP (RFC 6960, section 4.2.1):
 *
 *     OCSPResponse  ::= SEQUENCE { responseStatus ENUMERATED, [0] { SEQUENCE { responseType, OCTET STRING response } } }
 *     BasicResponse ::= SEQUENCE { tbsResponseData, signatureAlgorithm, BIT STRING signature, [0] certs }
 *     ResponseData  ::= SEQUENCE { [0] version, responderID, producedAt, responses, [1] extensions }
 *     Single        ::= SEQUENCE { certID, certStatus, thisUpdate, [0] nextUpdate, [1] extensions }
 *     CertID        ::= SEQUENCE { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }
 */
export interface OcspResponse {
  readonly status: number;
  readonly basic:
    | {
        readonly version: number;
        readonly responder: string;
        readonly producedAt: string;
        readonly singles: readonly SingleResponse[];
        readonly extensions: readonly Element[];
        readonly algorithm: string;
        readonly signature: Buffer;
        readonly certificates: readonly Buffer[];
      }
    | undefined;
}

/** undefined: it can't be read. */
export function parseOcspResponse(der: Buffer): OcspResponse | undefined {
  try {
    const outer = element(der, 0);
    const [status, bytes] = children(outer.content) as [Element, Element | undefined];
    if (outer.tag !== 0x30 || status.tag !== 0x0a) return undefined;
    if (bytes === undefined) return { status: status.content[0] ?? 0, basic: undefined };
    const [, response] = children(element(bytes.content, 0).content) as [Element, Element];
    return { status: status.content[0] ?? 0, basic: basicResponse(response.content) };
  } catch {
    return undefined;
  }
}

function basicResponse(der: Buffer): OcspResponse["basic"] {
  const [data, algorithm, signature, certificates] = children(element(der, 0).content) as [
    Element,
    Element,
    Element,
    Element | undefined,
  ];
  const parts = children(data.content);
  const version = parts[0]?.tag === 0xa0 ? parts.shift() : undefined;
  const [responder, producedAt, responses, extensions] = parts as [
    Element,
    Element,
    Element,
    Element | undefined,
  ];
  return {
    version: version === undefined ? 0 : (element(version.content, 0).content[0] ?? 0),
    responder:
      responder.tag === 0xa2
        ? element(responder.content, 0).content.toString("hex").toUpperCase()
        : spaced(nameEntries(element(responder.content, 0).content)),
    producedAt: timeText(producedAt),
    singles: children(responses.content).map(single),
    extensions: extensions === undefined ? [] : children(element(extensions.content, 0).content),
    algorithm: algorithmName(objectNumber(element(algorithm.content, 0).content)),
    signature: signature.content.subarray(1),
    certificates:
      certificates === undefined
        ? []
        : children(element(certificates.content, 0).content).map(({ content }) => made(0x30, content)),
  };
}

function single({ content }: Element): SingleResponse {
  const [id, status, thisUpdate, ...rest] = children(content) as [Element, Element, Element, ...Element[]];
  const [hash, nameHash, keyHash, serial] = children(id.content) as [Element, Element, Element, Element];
  const next = rest.find(({ tag }) => tag === 0xa0);
  const hex = (part: Element) => part.content.toString("hex").toUpperCase();
  return {
    key: made(0x30, id.content).toString("hex"),
    hash: algorithmName(objectNumber(element(hash.content, 0).content)),
    nameHash: hex(nameHash),
    keyHash: hex(keyHash),
    serial: serialText(serial),
    status: status.tag === 0x80 ? "good" : status.tag === 0xa1 ? "revoked" : "unknown",
    revoked: status.tag === 0xa1 ? revocation(status) : undefined,
    thisUpdate,
    nextUpdate: next === undefined ? undefined : element(next.content, 0),
  };
}

function revocation({ content }: Element): SingleResponse["revoked"] {
  const [at, reason] = children(content) as [Element, Element | undefined];
  return {
    at: timeText(at),
    reason: reason === undefined ? undefined : element(reason.content, 0).content[0],
  };
}

/** "C = FR, O = Example": a name in one line, as openssl prints it. */
const spaced = (entries: readonly NameEntry[]): string =>
  entries.map(({ name, value }) => `${name} = ${value}`).join(", ");

/** Why a response isn't taken (ssl_sock_load_ocsp_response); undefined: it is good for a certificate. */
export function ocspFault(der: Buffer, now = Date.now()): string | undefined {
  const response = parseOcspResponse(der);
  if (response === undefined) return "Unable to parse OCSP response";
  if (response.status !== 0) return "OCSP response status not successful";
  if (response.basic === undefined) return "Failed to get basic response from OCSP Response";
  const { singles } = response.basic;
  if (singles.length > 1)
    return `OCSP response ignored because contains multiple single responses (${singles.length})`;
  const [only] = singles;
  if (only === undefined) return "Failed to get OCSP single response";
  if (only.status === "unknown") return "OCSP single response: certificate status is unknown";
  if (only.nextUpdate === undefined) return "OCSP single response: missing nextupdate";
  // Clocks may differ by five minutes.
  const skew = 300_000;
  const from = Date.parse(timeText(only.thisUpdate));
  const to = Date.parse(timeText(only.nextUpdate));
  if (!(from <= now + skew) || !(to >= now - skew) || to < from)
    return "OCSP single response: no longer valid.";
  return undefined;
}

/** When a response ends, but for five minutes (wall clock, ms). */
export function ocspExpiry(der: Buffer): number | undefined {
  const next = parseOcspResponse(der)?.basic?.singles[0]?.nextUpdate;
  return next && Date.parse(timeText(next)) - 300_000;
}

/** The name of the response for a certificate: its CertID with SHA-1. @param issuer who signed it; PEM both */
export function certificateId(certificate: string, issuer: string): string | undefined {
  try {
    const above = new X509Certificate(issuer);
    const own = new X509Certificate(certificate);
    if (!own.checkIssued(above)) return undefined;
    const parts = children(element(element(above.raw, 0).content, 0).content);
    if (parts[0]?.tag === 0xa0) parts.shift();
    const [, , , , subject, key] = parts as [Element, Element, Element, Element, Element, Element];
    const [, bits] = children(key.content) as [Element, Element];
    const sha1 = (bytes: Buffer) => createHash("sha1").update(bytes).digest();
    return made(
      0x30,
      made(0x30, objectIdentifier("1.3.14.3.2.26"), Buffer.from([5, 0])),
      made(0x04, sha1(made(0x30, subject.content))),
      made(0x04, sha1(bits.content.subarray(1))),
      integer(serialOf(own)),
    ).toString("hex");
  } catch {
    return undefined;
  }
}

const serialOf = ({ serialNumber: hex }: X509Certificate): Buffer =>
  Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");

/** What `show ssl ocsp-response` lists of a response. */
export const certificateIdText = ({ nameHash, keyHash, serial }: SingleResponse): string =>
  [
    " Certificate ID:",
    `   Issuer Name Hash: ${nameHash}`,
    `   Issuer Key Hash: ${keyHash}`,
    `   Serial Number: ${serial}`,
    "",
  ].join("\n");

const statuses = [
  "successful",
  "malformedrequest",
  "internalerror",
  "trylater",
  "",
  "sigrequired",
  "unauthorized",
];
const reasons = [
  "unspecified",
  "keyCompromise",
  "cACompromise",
  "affiliationChanged",
  "superseded",
  "cessationOfOperation",
  "certificateHold",
  "",
  "removeFromCRL",
];

/** A response as OpenSSL prints it (OCSP_RESPONSE_print), but its certificates: of them name, issuer and PEM. */
export function ocspResponseText(der: Buffer): string {
  const response = parseOcspResponse(der);
  if (response === undefined) return "Unable to parse OCSP response";
  const lines = [
    "OCSP Response Data:",
    `    OCSP Response Status: ${statuses[response.status] ?? "(UNKNOWN)"} (0x${response.status.toString(16)})`,
  ];
  const { basic } = response;
  if (basic === undefined) return `${lines.join("\n")}\n`;
  lines.push(
    "    Response Type: Basic OCSP Response",
    `    Version: ${basic.version + 1} (0x${basic.version.toString(16)})`,
    `    Responder Id: ${basic.responder}`,
    `    Produced At: ${basic.producedAt}`,
    "    Responses:",
  );
  for (const each of basic.singles) lines.push(...singleLines(each));
  if (basic.extensions.length > 0)
    lines.push("    Response Extensions:", ...basic.extensions.flatMap(extensionLines));
  lines.push(
    `    Signature Algorithm: ${basic.algorithm}`,
    "    Signature Value:",
    ...signatureLines(basic.signature),
  );
  for (const certificate of basic.certificates) lines.push(...certificateLines(certificate));
  return `${lines.join("\n")}\n`;
}

function singleLines(each: SingleResponse): string[] {
  const lines = [
    "    Certificate ID:",
    `      Hash Algorithm: ${each.hash}`,
    `      Issuer Name Hash: ${each.nameHash}`,
    `      Issuer Key Hash: ${each.keyHash}`,
    `      Serial Number: ${each.serial}`,
    `    Cert Status: ${each.status}`,
  ];
  if (each.revoked !== undefined) {
    const { at, reason } = each.revoked;
    lines.push(`    Revocation Time: ${at}`);
    if (reason !== undefined)
      lines.push(`    Revocation Reason: ${reasons[reason] ?? "(UNKNOWN)"} (0x${reason.toString(16)})`);
  }
  lines.push(`    This Update: ${timeText(each.thisUpdate)}`);
  if (each.nextUpdate !== undefined) lines.push(`    Next Update: ${timeText(each.nextUpdate)}`);
  return [...lines, " "]; // an empty line would end the answer
}

function extensionLines({ content }: Element): string[] {
  const parts = children(content);
  const number = objectNumber(parts[0]?.content ?? Buffer.alloc(0));
  const critical = parts.length > 2 ? "critical" : "";
  const name = number === "1.3.6.1.5.5.7.48.1.2" ? "OCSP Nonce" : number;
  return [
    `        ${name}: ${critical}`,
    `            ${(parts.at(-1)?.content ?? Buffer.alloc(0)).toString("hex").toUpperCase()}`,
  ];
}

/** 18 bytes a line. */
function signatureLines(signature: Buffer): string[] {
  const pairs = signature.toString("hex").match(/../g) ?? [];
  const lines: string[] = [];
  for (let at = 0; at < pairs.length; at += 18) {
    const last = at + 18 >= pairs.length;
    lines.push(`        ${pairs.slice(at, at + 18).join(":")}${last ? "" : ":"}`);
  }
  return lines;
}

function certificateLines(der: Buffer): string[] {
  const pem = pemOf("CERTIFICATE", der);
  const { subject, issuer } = new X509Certificate(pem);
  const line = (name: string) => name.split("\n").join(", ");
  return ["Certificate:", `    Issuer: ${line(issuer)}`, `    Subject: ${line(subject)}`, pem.trimEnd()];
}

/** DER of base64 text. */
export function ocspOfBase64(text: string): Buffer | undefined {
  const compact = text.replace(/[\r\n]/g, "");
  return /^[A-Za-z0-9+/]*={0,2}$/.test(compact) && compact.length % 4 === 0
    ? Buffer.from(compact, "base64")
    : undefined;
}
