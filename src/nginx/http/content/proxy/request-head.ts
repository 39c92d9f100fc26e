import { type BodyLength, Headers, type RequestHead } from "../../../../proxy/index.js";
import type { HttpRequest } from "../../request.js";
import { escapeUri } from "../../uri/escape.js";
import type { ProxyField, ProxySettings, ProxyTarget } from "./settings.js";

/** A request's head as it goes to a server (ngx_http_proxy_create_request). */
export function upstreamHead(
  request: HttpRequest,
  settings: ProxySettings,
  target: ProxyTarget,
  length: BodyLength,
): RequestHead {
  const headers = new Headers([], [], []);
  const { unsent } = settings;
  for (const { name, lower, value } of settings.fields) {
    const text = value.value(request);
    if (text !== "") headers.add(lower, text, name);
  }
  const { headers: from } = request.exchange.request;
  const framed = length !== 0 || from.has("content-length");
  if (framed && !settings.saysLength)
    if (length === "chunked") headers.add("transfer-encoding", "chunked", "Transfer-Encoding");
    else headers.add("content-length", String(length), "Content-Length");
  if (settings.passHeaders)
    for (let at = 0; at < from.names.length; at++) {
      const name = from.names[at] as string;
      if (unsent.has(name)) continue;
      headers.add(name, from.values[at] as string, from.written?.[at] ?? name);
    }
  return {
    method: settings.method?.value(request) ?? request.method,
    target: upstreamTarget(request, target),
    version: settings.httpVersion,
    headers,
    scheme: undefined,
    authority: undefined,
  };
}

/** What is between two neighbours, and what the body's length says. */
const between = [
  "content-length",
  "transfer-encoding",
  "connection",
  "host",
  "keep-alive",
  "expect",
  "upgrade",
  "te",
];

/** What of a client's fields a server isn't sent, where a file says some itself. */
export const unsentFields = (fields: readonly ProxyField[]): ReadonlySet<string> =>
  new Set([...between, ...fields.map(({ lower }) => lower)]);

/** The target of the request line; "": there is none (ngx_http_proxy_create_request). */
export function upstreamTarget(request: HttpRequest, { uri, isWhole }: ProxyTarget): string {
  if (isWhole && uri !== undefined && uri !== "") return uri.startsWith("?") ? `/${uri}` : uri;
  if (uri === undefined && request.isUriOriginal) return request.unparsedUri;
  const { location } = request;
  const replaced = request.isLocationValid && uri !== undefined && !location.isRegex && !location.isNamed;
  const rest = replaced ? request.uri.slice(location.name.length) : request.uri;
  const escaped = request.isInternal || request.unparsedUri.includes("%") ? escapeUri(rest, "uri") : rest;
  const path = replaced ? uri + escaped : escaped;
  return request.args === "" ? path : `${path}?${request.args}`;
}
