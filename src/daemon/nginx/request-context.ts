import { upstreamTarget } from "../../nginx/http/content/proxy/request-head.js";
import type { HttpRequest } from "../../nginx/http/request.js";

/** Which request a line of the error log is about: ", client: …, server: …, request: …" (ngx_http_log_error_handler). */
export function requestContext(request: HttpRequest): string {
  const { exchange, server } = request;
  const { method, target, version } = exchange.request;
  const parts = [
    `client: ${request.clientAddress}`,
    `server: ${server.name}`,
    `request: "${method} ${target} HTTP/${version}"`,
  ];
  const upstream = upstreamOf(request);
  if (upstream !== undefined) parts.push(`upstream: "${upstream}"`);
  const host = request.field("host");
  if (host !== undefined) parts.push(`host: "${host}"`);
  const referrer = request.field("referer");
  if (referrer !== undefined) parts.push(`referrer: "${referrer}"`);
  return parts.map((part) => `, ${part}`).join("");
}

/** "http://127.0.0.1:8080/path": the server that was asked last. */
function upstreamOf(request: HttpRequest): string | undefined {
  const { proxyTarget } = request;
  const peer = request.upstreams.at(-1)?.peer;
  if (proxyTarget === undefined || peer === undefined || peer === "") return undefined;
  const separator = peer.startsWith("unix:") ? ":" : "";
  return `${proxyTarget.tls ? "https" : "http"}://${peer}${separator}${upstreamTarget(request, proxyTarget)}`;
}
