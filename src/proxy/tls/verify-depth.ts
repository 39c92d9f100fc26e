import { X509Certificate } from "node:crypto";

/** X509_V_ERR_*: whose fault is known by the error alone. */
const ofAuthorities: ReadonlySet<number> = new Set([
  2, // unable to get issuer certificate: there is an authority, and none above it
  19, // self-signed certificate in the chain
  22, // chain too long
  24, // invalid CA
  25, // path length exceeded
]);

const EXPIRED = 10;
const NOT_YET_VALID = 9;
const NO_LOCAL_ISSUER = 20;
const LEAF_UNVERIFIED = 21;

/**
 * At which certificate a verification failed: 0 is the peer's own. Node tells the error and not the depth: it is seen from the error, and from the
 * chain as far as it is known.
 *
 * @param chain DER, the peer's own first
 */
export function faultDepth(error: number, chain: readonly Buffer[]): number {
  const top = Math.max(1, chain.length - 1);
  if (ofAuthorities.has(error)) return top;
  if (error === NO_LOCAL_ISSUER) return Math.max(0, chain.length - 1);
  if (error !== EXPIRED && error !== NOT_YET_VALID) return 0;
  const at = chain.findIndex((der) => !isValidNow(der));
  return Math.max(0, at);
}

/**
 * How many authorities stand between a peer's certificate and the one that is trusted (X509_VERIFY_PARAM_set_depth counts them).
 * @param chain DER, the peer's own first, as far as it is known
 */
export const authoritiesBetween = (chain: readonly Buffer[]): number => Math.max(0, chain.length - 2);

/** OpenSSL goes on after an error that is let pass, and Node tells the last one: before 21 there was always 20. */
export const firstError = (error: number): number => (error === LEAF_UNVERIFIED ? NO_LOCAL_ISSUER : error);

function isValidNow(der: Buffer): boolean {
  const { validFrom, validTo } = new X509Certificate(der);
  const now = Date.now();
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}
