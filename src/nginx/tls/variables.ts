import { X509Certificate } from "node:crypto";
import type { TlsInfo } from "../../proxy/index.js";
import { escapeUri } from "../http/uri/escape.js";
import { verifyResult } from "./client-certificate.js";

type OfTls = (tls: TlsInfo, verifyDepth: number) => string | undefined;

const ofClient =
  (of: (certificate: X509Certificate) => string): OfTls =>
  ({ peerCertificate }) =>
    peerCertificate && of(new X509Certificate(peerCertificate));

const daySeconds = 86_400;

/** The variables of ngx_http_ssl_module and ngx_stream_ssl_module, by their names; over a plain connection they have no value. */
export const tlsVariables: Readonly<Record<string, OfTls>> = {
  ssl_protocol: ({ protocol }) => protocol,
  ssl_cipher: ({ cipher }) => cipher,
  ssl_server_name: ({ serverName }) => serverName,
  ssl_alpn_protocol: ({ alpn }) => alpn,
  ssl_session_id: ({ sessionId }) => sessionId?.toString("hex"),
  ssl_session_reused: ({ resumed }) => (resumed ? "r" : "."),
  ssl_client_verify: verifyResult,
  ssl_client_s_dn: ofClient(({ subject }) => distinguishedName(subject)),
  ssl_client_i_dn: ofClient(({ issuer }) => distinguishedName(issuer)),
  ssl_client_s_dn_legacy: ofClient(({ subject }) => legacyName(subject)),
  ssl_client_i_dn_legacy: ofClient(({ issuer }) => legacyName(issuer)),
  ssl_client_serial: ofClient(({ serialNumber }) => serialNumber),
  ssl_client_fingerprint: ofClient(({ fingerprint }) => fingerprint.replaceAll(":", "").toLowerCase()),
  ssl_client_v_start: ofClient(({ validFrom }) => validFrom),
  ssl_client_v_end: ofClient(({ validTo }) => validTo),
  ssl_client_v_remain: ofClient(({ validTo }) =>
    String(Math.max(0, Math.floor((Date.parse(validTo) - Date.now()) / 1000 / daySeconds))),
  ),
  ssl_client_raw_cert: ofClient(String),
  ssl_client_escaped_cert: ofClient((certificate) => escapeUri(String(certificate), "component")),
  // As it was passed on in a field once: further lines begin with a tab.
  ssl_client_cert: ofClient((certificate) => String(certificate).trimEnd().replaceAll("\n", "\n\t")),
};

/** By RFC 2253, from the last entry to the first; Node gives a line an entry, with backslashes before what separates. */
const distinguishedName = (lines: string): string =>
  lines
    .split("\n")
    .reverse()
    .join(",")
    .replace(/[^\0-\x7f]/gu, (letter) =>
      [...Buffer.from(letter)].map((byte) => `\\${byte.toString(16).toUpperCase()}`).join(""),
    );

/** "/C=DE/CN=name" (X509_NAME_oneline). */
const legacyName = (lines: string): string =>
  lines
    .split("\n")
    .map((line) => `/${line.replace(/\\(.)/g, "$1")}`)
    .join("")
    .replace(/[^ -~]/gu, (letter) =>
      [...Buffer.from(letter)]
        .map((byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`)
        .join(""),
    );
