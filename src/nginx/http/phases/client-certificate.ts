import type { TlsInfo } from "../../../proxy/index.js";
import type { HttpRequest } from "../request.js";

/** As ssl_verify_client says it. */
export type VerifyClient = "off" | "on" | "optional" | "optional_no_ca";

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
  22: "certificate chain too long",
  23: "certificate revoked",
  26: "unsuitable certificate purpose",
  27: "certificate not trusted",
  28: "certificate rejected",
};

const wordsOf = (error: number): string => words[error] ?? `error ${error}`;

/**
 * Whether a client's certificate is such as its server asks for (ngx_http_process_request).
 * @returns 495: it was verified in vain; 496: there is none; undefined: it may go on
 */
export function certificateFault(request: HttpRequest): 495 | 496 | undefined {
  const { tls } = request.connection;
  const { verifyClient } = request.server;
  if (tls === undefined || verifyClient === "off") return undefined;
  const { verifyError } = tls;
  if (tls.peerCertificate === undefined) {
    if (verifyClient !== "on") return undefined;
    request.connection.log("info", "client sent no required SSL certificate", request);
    return 496;
  }
  if (verifyError === 0 || (verifyClient === "optional_no_ca" && unknownAuthority.has(verifyError)))
    return undefined;
  const why = `(${verifyError}:${wordsOf(verifyError)})`;
  request.connection.log("info", `client SSL certificate verify error: ${why}`, request);
  return 495;
}

/** $ssl_client_verify. */
export function verifyResult({ peerCertificate, verifyError }: TlsInfo): string {
  if (peerCertificate === undefined) return "NONE";
  return verifyError === 0 ? "SUCCESS" : `FAILED:${wordsOf(verifyError)}`;
}
