import { authoritiesBetween, type TlsInfo } from "../../proxy/index.js";

/** As ssl_verify_client says it. */
export type VerifyClient = "off" | "on" | "optional" | "optional_no_ca";

const chainTooLong = 22;

/** X509_V_ERR_* that optional_no_ca overlooks: the authority isn't known (ngx_ssl_verify_error_optional). */
const unknownAuthority = new Set([18, 19, 20, 21, 27]);

/** OpenSSL's words of X509_V_ERR_*, as X509_verify_cert_error_string gives them. */
const words: Readonly<Record<number, string>> = {
  2: "unable to get issuer certificate",
  3: "unable to get certificate CRL",
  7: "certificate signature failure",
  9: "certificate is not yet valid",
  10: "certificate has expired",
  11: "CRL is not yet valid",
  12: "CRL has expired",
  18: "self-signed certificate",
  19: "self-signed certificate in certificate chain",
  20: "unable to get local issuer certificate",
  21: "unable to verify the first certificate",
  [chainTooLong]: "certificate chain too long",
  23: "certificate revoked",
  26: "unsuitable certificate purpose",
  27: "certificate not trusted",
  28: "certificate rejected",
};

const wordsOf = (error: number): string => words[error] ?? `error ${error}`;

/** A chain that is fine may still be too long (ssl_verify_depth). */
const verifyErrorOf = ({ verifyError, peerChain }: TlsInfo, depth: number): number =>
  verifyError === 0 && authoritiesBetween(peerChain) > depth ? chainTooLong : verifyError;

/** Why a client may not go on, with the sentence for the log. */
export interface CertificateFault {
  readonly kind: "invalid" | "missing";
  readonly sentence: string;
}

/** Whether a client's certificate is such as ssl_verify_client asks for; undefined: it may go on. @param depth ssl_verify_depth */
export function certificateFault(
  tls: TlsInfo,
  verify: VerifyClient,
  depth: number,
): CertificateFault | undefined {
  if (verify === "off") return undefined;
  if (tls.peerCertificate === undefined)
    return verify === "on"
      ? { kind: "missing", sentence: "client sent no required SSL certificate" }
      : undefined;
  const error = verifyErrorOf(tls, depth);
  if (error === 0 || (verify === "optional_no_ca" && unknownAuthority.has(error))) return undefined;
  return { kind: "invalid", sentence: `client SSL certificate verify error: (${error}:${wordsOf(error)})` };
}

/** $ssl_client_verify. */
export function verifyResult(tls: TlsInfo, depth: number): string {
  if (tls.peerCertificate === undefined) return "NONE";
  const error = verifyErrorOf(tls, depth);
  return error === 0 ? "SUCCESS" : `FAILED:${wordsOf(error)}`;
}
