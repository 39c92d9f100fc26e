import type { Registry } from "../../variables/registry.js";
import type { HttpRequest } from "../request.js";

/** The variables of ngx_http_proxy_module. */
export function defineProxyVariables(registry: Registry<HttpRequest>): void {
  const plain = { kept: false } as const;
  registry.define("proxy_host", ({ proxyTarget }) => proxyTarget?.host, plain);
  registry.define("proxy_port", ({ proxyTarget }) => proxyTarget?.port.toString(), plain);
  registry.define(
    "proxy_add_x_forwarded_for",
    ({ exchange, clientAddress }) =>
      [...exchange.request.headers.all("x-forwarded-for"), clientAddress].join(", "),
    plain,
  );
}
