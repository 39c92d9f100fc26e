import { getDiffieHellman, X509Certificate } from "node:crypto";
import { integer, made, pemOf } from "./der.js";

/** Groups of RFC 2409 and RFC 3526 by their bits. */
const groups = [
  [4096, "modp16"],
  [2048, "modp14"],
  [1024, "modp2"],
] as const;

/**
 * DH parameters as long as a certificate's key, but no longer than `limit` (ssl_get_tmp_dh):
 *
 *     DHParameter ::= SEQUENCE { prime INTEGER, base INTEGER }   (PKCS #3)
 */
export function defaultDhParameters(certificate: string, limit: number): string {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = new X509Certificate(certificate)
    .publicKey;
  const key = type === "rsa" || type === "dsa" ? (details?.modulusLength ?? 0) : 0;
  const bits = Math.min(key, limit);
  const [, group] = groups.find(([each]) => bits >= each) ?? groups[2];
  const parameters = getDiffieHellman(group);
  return pemOf(
    "DH PARAMETERS",
    made(0x30, integer(parameters.getPrime()), integer(parameters.getGenerator())),
  );
}
