import { readConfigPath, readSessionCache, type SessionCache } from "../../readers/tls.js";
import { wordsOnce } from "../../readers/words.js";
import {
  choice,
  choices,
  custom,
  flag,
  many,
  milliseconds,
  number,
  pairs,
  seconds,
  text,
  texts,
} from "../builders.js";
import { streamServers } from "../contexts.js";
import { absent } from "../notes.js";

// ngx_stream_ssl_module, ngx_stream_ssl_preread_module.
export const sslHandshakeTimeout = milliseconds("ssl_handshake_timeout", streamServers, 60000);
export const sslCertificate = texts("ssl_certificate", streamServers);
export const sslCertificateKey = texts("ssl_certificate_key", streamServers);
export const sslPasswordFile = custom<string | undefined>(
  "ssl_password_file",
  streamServers,
  [1, 1],
  undefined,
  readConfigPath,
);
export const sslDhparam = text("ssl_dhparam", streamServers);
export const sslEcdhCurve = text("ssl_ecdh_curve", streamServers, "auto");
export const sslProtocols = choices(
  "ssl_protocols",
  streamServers,
  ["TLSv1", "TLSv1.1", "TLSv1.2"],
  ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"],
);
export const sslCiphers = text("ssl_ciphers", streamServers, "HIGH:!aNULL:!MD5");
export const sslVerifyClient = choice("ssl_verify_client", streamServers, "off", [
  "off",
  "on",
  "optional",
  "optional_no_ca",
]);
export const sslVerifyDepth = number("ssl_verify_depth", streamServers, 1);
export const sslClientCertificate = text("ssl_client_certificate", streamServers);
export const sslTrustedCertificate = text("ssl_trusted_certificate", streamServers);
export const sslPreferServerCiphers = flag("ssl_prefer_server_ciphers", streamServers, false);
export const sslSessionCache = custom<SessionCache | undefined>(
  "ssl_session_cache",
  streamServers,
  [1, 2],
  undefined,
  readSessionCache,
);
export const sslSessionTickets = flag("ssl_session_tickets", streamServers, true);
export const sslSessionTicketKey = texts("ssl_session_ticket_key", streamServers, absent);
export const sslSessionTimeout = seconds("ssl_session_timeout", streamServers, 300);
export const sslCrl = text("ssl_crl", streamServers);
export const sslConfCommand = pairs("ssl_conf_command", streamServers);
export const sslAlpn = custom<readonly string[] | undefined>(
  "ssl_alpn",
  streamServers,
  [1, many],
  undefined,
  wordsOnce,
);
export const sslPreread = flag("ssl_preread", streamServers, false);
