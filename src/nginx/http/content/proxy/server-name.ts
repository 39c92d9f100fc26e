import { isIP } from "node:net";

/**
 * The name that TLS asks a server for by SNI (ngx_http_upstream_ssl_name): without a port.
 * @param text proxy_ssl_name's, or proxy_pass' host
 * @returns undefined for an address: RFC 6066 section 3 allows none
 */
export function serverNameOf(text: string | undefined): string | undefined {
  const name = /^(?:\[[^\]]*\]|[^:]*)/.exec(text ?? "")?.[0] ?? "";
  return name === "" || name.startsWith("[") || isIP(name) !== 0 ? undefined : name;
}
