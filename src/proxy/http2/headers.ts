import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import { Headers } from "../http/headers.js";

/** Fields that are between two neighbours of HTTP/1 (RFC 9113 section 8.2.2): they have no place in HTTP/2. */
const ofConnection = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** The fields of a raw list (name, value, name, value …) without pseudo fields; cookies are one again (RFC 9113 section 8.2.3). */
export function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  let cookie: string | undefined;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string;
    const value = raw[at + 1] as string;
    if (name.charCodeAt(0) === 58) continue;
    if (name === "cookie") cookie = cookie === undefined ? value : `${cookie}; ${value}`;
    else headers.add(name, value);
  }
  if (cookie !== undefined) headers.add("cookie", cookie);
  return headers;
}

/** Without the raw list (trailers): order is that of the object. */
export function headersOfObject(object: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(object))
    if (name.startsWith(":") || value === undefined) continue;
    else if (Array.isArray(value)) for (const each of value) headers.add(name, each);
    else headers.add(name, value);
  return headers;
}

/** What node:http2 sends of fields; `pseudo` goes first. */
export function outgoing(pseudo: OutgoingHttpHeaders, headers: Headers): OutgoingHttpHeaders {
  const object: OutgoingHttpHeaders = Object.assign(Object.create(null), pseudo);
  const { names, values } = headers;
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string;
    if (ofConnection.has(name) || name.charCodeAt(0) === 58 || name === "") continue;
    const value = clean(values[at] as string);
    if (name === "te") {
      if (/(?:^|,)\s*trailers\s*(?:,|$)/i.test(value)) object[name] = "trailers";
      continue;
    }
    const had = object[name];
    if (had === undefined) object[name] = single.has(name) ? value : [value];
    else if (Array.isArray(had)) had.push(value);
  }
  for (const [name, value] of Object.entries(object))
    if (Array.isArray(value) && value.length === 1) object[name] = value[0];
  return object;
}

/** Of which node:http2 sends one only: the first is taken. */
const single = new Set([
  "access-control-allow-credentials",
  "access-control-max-age",
  "access-control-request-method",
  "age",
  "authorization",
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-md5",
  "content-range",
  "content-type",
  "date",
  "dnt",
  "etag",
  "expires",
  "from",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "last-modified",
  "location",
  "max-forwards",
  "proxy-authorization",
  "range",
  "referer",
  "retry-after",
  "tk",
  "upgrade-insecure-requests",
  "user-agent",
  "x-content-type-options",
]);

function clean(text: string): string {
  return /[\r\n\0]/.test(text) ? text.replace(/[\r\n\0]/g, " ").trim() : text;
}
