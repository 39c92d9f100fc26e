import { X509Certificate } from "node:crypto";
import type { TlsInfo } from "../../../proxy/index.js";
import type { Registry } from "../../variables/registry.js";
import { verifyResult } from "../phases/client-certificate.js";
import type { HttpRequest } from "../request.js";

/** The variables of the client's TLS (ngx_http_ssl_module); over a plain connection they have no value. */
export function defineTlsVariables(registry: Registry<HttpRequest>): void {
  const define = (name: string, of: (tls: TlsInfo) => string | undefined) =>
    registry.define(name, ({ connection: { tls } }) => tls && of(tls), { kept: false });
  define("ssl_protocol", ({ protocol }) => protocol);
  define("ssl_cipher", ({ cipher }) => cipher);
  define("ssl_session_id", ({ sessionId }) => sessionId?.toString("hex"));
  define("ssl_session_reused", ({ resumed }) => (resumed ? "r" : "."));
  define("ssl_server_name", ({ serverName }) => serverName);
  define("ssl_alpn_protocol", ({ alpn }) => alpn);
  define("ssl_client_verify", verifyResult);
  const ofClient = (name: string, of: (certificate: X509Certificate) => string) =>
    define(name, ({ peerCertificate }) => peerCertificate && of(new X509Certificate(peerCertificate)));
  ofClient("ssl_client_s_dn", ({ subject }) => distinguishedName(subject));
  ofClient("ssl_client_i_dn", ({ issuer }) => distinguishedName(issuer));
  ofClient("ssl_client_serial", ({ serialNumber }) => serialNumber);
  ofClient("ssl_client_fingerprint", ({ fingerprint }) => fingerprint.replaceAll(":", "").toLowerCase());
}

/** By RFC 2253, from the last entry to the first; Node gives a line an entry, with backslashes before what separates. */
const distinguishedName = (lines: string): string =>
  lines
    .split("\n")
    .reverse()
    .join(",")
    .replace(/[^\0-\x7f]/gu, (letter) =>
      [...Buffer.from(letter)].map((byte) => `\\${byte.toString(16).toUpperCase()}`).join(""),
    );
