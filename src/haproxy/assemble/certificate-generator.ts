import { createPrivateKey } from "node:crypto";
import type { TlsSettings } from "../../config/haproxy/model/index.js";
import type { KeyPair } from "../../proxy/index.js";
import { makeCertificate } from "../x509/make-certificate.js";
import { pemParts } from "../x509/pem-parts.js";
import { readText } from "./pem.js";

/** `generate-certificates`: they are for the first certificate's key, and signed by ca-sign-file's (ssl_sock_do_create_cert). */
export function certificateGenerator(
  tls: TlsSettings,
  first: KeyPair | undefined,
): (serverName: string) => KeyPair {
  if (tls.caSignFile === undefined || first === undefined)
    throw new Error("'generate-certificates' needs a 'ca-sign-file'");
  const { certificates, key } = pemParts(readText(tls.caSignFile));
  const [certificate] = certificates;
  if (certificate === undefined || key === undefined)
    throw new Error(`unable to read a certificate and its key from '${tls.caSignFile}'`);
  const passphrase = tls.caSignPass;
  const authority = {
    certificate,
    key: createPrivateKey({ key, ...(passphrase !== undefined && { passphrase }) }),
  };
  const own = createPrivateKey(first.key);
  return (name) => ({ cert: makeCertificate(name, own, authority), key: first.key });
}
