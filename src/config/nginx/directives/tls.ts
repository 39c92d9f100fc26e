import { readConfigPath, readSessionCache, readSslFlag, type SessionCache } from "../readers/tls.js";
import { wordOnce } from "../readers/words.js";
import { choice, choices, custom, flag, number, pairs, seconds, size, text, texts } from "./builders.js";
import { servers } from "./contexts.js";
import { absent, absentAndNeeded, node } from "./notes.js";

// ngx_http_ssl_module.
export const ssl = custom<boolean | undefined>("ssl", servers, [1, 1], undefined, readSslFlag);
export const sslCertificate = texts("ssl_certificate", servers);
export const sslCertificateKey = texts("ssl_certificate_key", servers);
export const sslPasswordFile = custom<string | undefined>(
  "ssl_password_file",
  servers,
  [1, 1],
  undefined,
  readConfigPath,
);
export const sslDhparam = text("ssl_dhparam", servers);
export const sslEcdhCurve = text("ssl_ecdh_curve", servers, "auto");
export const sslProtocols = choices(
  "ssl_protocols",
  servers,
  ["TLSv1", "TLSv1.1", "TLSv1.2"],
  ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"],
);
export const sslCiphers = text("ssl_ciphers", servers, "HIGH:!aNULL:!MD5");
export const sslBufferSize = size("ssl_buffer_size", servers, 16384, node);
export const sslVerifyClient = choice("ssl_verify_client", servers, "off", [
  "off",
  "on",
  "optional",
  "optional_no_ca",
]);
export const sslVerifyDepth = number("ssl_verify_depth", servers, 1);
export const sslClientCertificate = text("ssl_client_certificate", servers);
export const sslTrustedCertificate = text("ssl_trusted_certificate", servers);
export const sslPreferServerCiphers = flag("ssl_prefer_server_ciphers", servers, false);
export const sslSessionCache = custom<SessionCache | undefined>(
  "ssl_session_cache",
  servers,
  [1, 2],
  undefined,
  readSessionCache,
  absent,
);
export const sslSessionTickets = flag("ssl_session_tickets", servers, true);
export const sslSessionTicketKey = texts("ssl_session_ticket_key", servers, absent);
export const sslSessionTimeout = seconds("ssl_session_timeout", servers, 300);
export const sslCrl = text("ssl_crl", servers);
export const sslOcsp = choice("ssl_ocsp", servers, "off", ["off", "on", "leaf"], absentAndNeeded);
export const sslOcspResponder = text("ssl_ocsp_responder", servers, undefined, absentAndNeeded);
export const sslOcspCache = custom<string | undefined>(
  "ssl_ocsp_cache",
  servers,
  [1, 1],
  undefined,
  wordOnce,
  absentAndNeeded,
);
export const sslStapling = flag("ssl_stapling", servers, false, absent);
export const sslStaplingFile = text("ssl_stapling_file", servers, undefined, absent);
export const sslStaplingResponder = text("ssl_stapling_responder", servers, undefined, absent);
export const sslStaplingVerify = flag("ssl_stapling_verify", servers, false, absent);
export const sslEarlyData = flag("ssl_early_data", servers, false, absent);
export const sslConfCommand = pairs("ssl_conf_command", servers);
export const sslRejectHandshake = flag("ssl_reject_handshake", servers, false);
