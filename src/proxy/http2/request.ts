import { randomBytes } from "node:crypto";
import type { Headers } from "../http/headers.js";
import type { BodyLength, RequestHead } from "../http/message.js";
import { headersOf } from "./headers.js";

export interface IncomingRequest {
  readonly head: RequestHead;
  readonly length: BodyLength;
  /** CONNECT's tunnel, or the protocol of an extended CONNECT (RFC 8441). */
  readonly upgrade: string | undefined;
  readonly extended: boolean;
  readonly headBytes: number;
}

/**
 * What a stream asks for (RFC 9113 section 8.3.1); undefined: its pseudo fields are wrong. An extended CONNECT is shown as the GET with
 * Upgrade that it is in HTTP/1.
 */
export function requestOf(raw: readonly string[], ended: boolean): IncomingRequest | undefined {
  let method = "";
  let scheme: string | undefined;
  let authority: string | undefined;
  let path = "";
  let protocol: string | undefined;
  let headBytes = 0;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string;
    const value = raw[at + 1] as string;
    headBytes += name.length + value.length + 4;
    if (name === ":method") method = value;
    else if (name === ":scheme") scheme = value;
    else if (name === ":authority") authority = value;
    else if (name === ":path") path = value;
    else if (name === ":protocol") protocol = value;
  }
  const headers = headersOf(raw);
  // :authority is what counts; another Host would be read by some as the target.
  const host = headers.get("host");
  if (authority !== undefined && host !== authority) headers.set("host", authority);
  const extended = method === "CONNECT" && protocol !== undefined;
  const tunnel = method === "CONNECT" && !extended;
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method)) return undefined;
  if (!tunnel) {
    if (scheme === undefined || !/^[A-Za-z][A-Za-z0-9+.-]*$/.test(scheme)) return undefined;
    if (!path.startsWith("/") && !(path === "*" && method === "OPTIONS")) return undefined;
  } else if (authority === undefined) return undefined;
  if (/[^\x21-\x7e]/.test(path) || (authority !== undefined && /[^\x21-\x7e]|[/?#@]/.test(authority)))
    return undefined;
  const target = tunnel
    ? (authority as string)
    : authority !== undefined && path !== "*"
      ? `${scheme}://${authority}${path}`
      : path;
  if (extended) asUpgrade(headers, protocol as string);
  const head: RequestHead = {
    method: extended ? "GET" : method,
    target,
    version: "2.0",
    headers,
    scheme,
    authority,
  };
  const upgrade = extended ? protocol : tunnel ? target : undefined;
  return { head, length: lengthOf(headers, ended, upgrade !== undefined), upgrade, extended, headBytes };
}

function asUpgrade(headers: Headers, protocol: string): void {
  headers.set("connection", "upgrade");
  headers.set("upgrade", protocol);
  if (protocol === "websocket" && !headers.has("sec-websocket-key"))
    headers.add("sec-websocket-key", randomBytes(16).toString("base64"));
}

function lengthOf(headers: Headers, ended: boolean, tunnel: boolean): BodyLength {
  if (ended || tunnel) return 0;
  const said = headers.get("content-length");
  return said !== undefined && /^\d{1,15}$/.test(said) ? Number(said) : "chunked";
}
