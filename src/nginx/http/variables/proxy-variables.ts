import type { Registry } from "../../variables/registry.js";
import type { HttpRequest } from "../request.js";

/** The variables of ngx_http_proxy_module; without proxy_pass the first two have no value. */
export function defineProxyVariables(registry: Registry<HttpRequest>): void {
  const define = (name: string, get: (request: HttpRequest) => string | undefined) =>
    registry.define(name, get, { kept: false });
  define("proxy_host", ({ proxyTarget }) => proxyTarget?.host);
  define("proxy_port", ({ proxyTarget }) => proxyTarget && portText(proxyTarget));
  define("proxy_add_x_forwarded_for", ({ exchange, clientAddress }) =>
    [...exchange.request.headers.all("x-forwarded-for"), clientAddress].join(", "),
  );
}

/** Of a Unix socket there is none. */
const portText = ({ port, isUnix }: NonNullable<HttpRequest["proxyTarget"]>): string =>
  isUnix ? "" : String(port);
