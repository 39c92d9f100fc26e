import type { TlsInfo } from "../../../proxy/index.js";
import type { Registry } from "../../variables/registry.js";
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
}
