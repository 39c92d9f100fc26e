import { createPublicKey, type KeyObject, randomBytes, sign, X509Certificate } from "node:crypto";
import { children, type Element, element, integer, made, objectIdentifier, pemOf } from "./der.js";

const day = 86_400_000;

/**
 * A certificate for a server name, signed by an authority (RFC 5280, section 4.1):
 *
 *     SEQUENCE { TBSCertificate { [0] version 3, serial, algorithm, issuer, validity, subject, key, [3] extensions }, algorithm, signature }
 *
 * It holds from a day ago, for a year.
 *
 * @param key the private key that it is for
 * @throws Error where the authority's key is neither RSA nor EC
 */
export function makeCertificate(
  serverName: string,
  key: KeyObject,
  authority: { readonly certificate: string; readonly key: KeyObject },
  now = Date.now(),
): string {
  const algorithm = signatureAlgorithm(authority.key);
  const issuer = subjectOf(authority.certificate);
  const body = made(
    0x30,
    made(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    algorithm,
    issuer,
    made(0x30, time(now - day), time(now + 365 * day)),
    subjectFor(serverName, issuer),
    createPublicKey(key).export({ type: "spki", format: "der" }),
    made(0xa3, extensions(serverName)),
  );
  const signature = sign("sha256", body, authority.key);
  return pemOf("CERTIFICATE", made(0x30, body, algorithm, made(0x03, Buffer.from([0]), signature)));
}

function signatureAlgorithm({ asymmetricKeyType }: KeyObject): Buffer {
  if (asymmetricKeyType === "rsa")
    return made(0x30, objectIdentifier("1.2.840.113549.1.1.11"), Buffer.from([0x05, 0]));
  if (asymmetricKeyType === "ec") return made(0x30, objectIdentifier("1.2.840.10045.4.3.2"));
  throw new Error(`certificates can't be signed by a key of type ${asymmetricKeyType}`);
}

/** The authority's name as it stands in its certificate. */
function subjectOf(pem: string): Buffer {
  const parts = children(element(element(new X509Certificate(pem).raw, 0).content, 0).content);
  if (parts[0]?.tag === 0xa0) parts.shift();
  return made(0x30, (parts[4] as Element).content);
}

/** GeneralizedTime, or UTCTime before 2050. */
function time(at: number): Buffer {
  const text = `${new Date(at).toISOString().replace(/[-:T]|\.\d+/g, "")}`;
  return Number(text.slice(0, 4)) < 2050
    ? made(0x17, Buffer.from(text.slice(2)))
    : made(0x18, Buffer.from(text));
}

/** The authority's name with one part more, as HAProxy does it. A common name has 64 characters at most; the whole one stands in subjectAltName. */
const subjectFor = (name: string, authority: Buffer): Buffer =>
  made(
    0x30,
    element(authority, 0).content,
    made(0x31, made(0x30, objectIdentifier("2.5.4.3"), made(0x0c, Buffer.from(name.slice(0, 64))))),
  );

/** basicConstraints (no authority) and subjectAltName. */
const extensions = (name: string): Buffer =>
  made(
    0x30,
    made(0x30, objectIdentifier("2.5.29.19"), made(0x04, made(0x30))),
    made(0x30, objectIdentifier("2.5.29.17"), made(0x04, made(0x30, made(0x82, Buffer.from(name))))),
  );
