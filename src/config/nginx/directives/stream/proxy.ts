import type { Template } from "../../model/index.js";
import { type ProxyBind, readProxyBind, readStreamProxyPass } from "../../readers/proxy.js";
import { readConfigPath } from "../../readers/tls.js";
import {
  choices,
  custom,
  deprecated,
  flag,
  milliseconds,
  number,
  pairs,
  size,
  sizeTemplate,
  template,
  text,
} from "../builders.js";
import { streamServer, streamServers } from "../contexts.js";

// ngx_stream_proxy_module.
export const proxyPass = custom<Template | undefined>(
  "proxy_pass",
  streamServer,
  [1, 1],
  undefined,
  readStreamProxyPass,
);
export const proxyBind = custom<ProxyBind | undefined>(
  "proxy_bind",
  streamServers,
  [1, 2],
  undefined,
  readProxyBind,
);
export const proxySocketKeepalive = flag("proxy_socket_keepalive", streamServers, false);
export const proxyConnectTimeout = milliseconds("proxy_connect_timeout", streamServers, 60000);
export const proxyTimeout = milliseconds("proxy_timeout", streamServers, 10 * 60000);
export const proxyBufferSize = size("proxy_buffer_size", streamServers, 16384);
export const proxyDownstreamBuffer = size("proxy_downstream_buffer", streamServers, 16384, {
  check: deprecated("proxy_downstream_buffer", "proxy_buffer_size"),
});
export const proxyUpstreamBuffer = size("proxy_upstream_buffer", streamServers, 16384, {
  check: deprecated("proxy_upstream_buffer", "proxy_buffer_size"),
});
export const proxyUploadRate = sizeTemplate("proxy_upload_rate", streamServers);
export const proxyDownloadRate = sizeTemplate("proxy_download_rate", streamServers);
export const proxyRequests = number("proxy_requests", streamServers, 0);
export const proxyResponses = number("proxy_responses", streamServers, 2147483647);
export const proxyNextUpstream = flag("proxy_next_upstream", streamServers, true);
export const proxyNextUpstreamTries = number("proxy_next_upstream_tries", streamServers, 0);
export const proxyNextUpstreamTimeout = milliseconds("proxy_next_upstream_timeout", streamServers, 0);
export const proxyProtocol = flag("proxy_protocol", streamServers, false);
export const proxyHalfClose = flag("proxy_half_close", streamServers, false);
export const proxySsl = flag("proxy_ssl", streamServers, false);
export const proxySslSessionReuse = flag("proxy_ssl_session_reuse", streamServers, true);
export const proxySslProtocols = choices(
  "proxy_ssl_protocols",
  streamServers,
  ["TLSv1", "TLSv1.1", "TLSv1.2"],
  ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"],
);
export const proxySslCiphers = text("proxy_ssl_ciphers", streamServers, "DEFAULT");
export const proxySslName = template("proxy_ssl_name", streamServers);
export const proxySslServerName = flag("proxy_ssl_server_name", streamServers, false);
export const proxySslVerify = flag("proxy_ssl_verify", streamServers, false);
export const proxySslVerifyDepth = number("proxy_ssl_verify_depth", streamServers, 1);
export const proxySslTrustedCertificate = text("proxy_ssl_trusted_certificate", streamServers);
export const proxySslCrl = text("proxy_ssl_crl", streamServers);
export const proxySslCertificate = template("proxy_ssl_certificate", streamServers);
export const proxySslCertificateKey = template("proxy_ssl_certificate_key", streamServers);
export const proxySslPasswordFile = custom<string | undefined>(
  "proxy_ssl_password_file",
  streamServers,
  [1, 1],
  undefined,
  readConfigPath,
);
export const proxySslConfCommand = pairs("proxy_ssl_conf_command", streamServers);
