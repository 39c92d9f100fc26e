import { Headers } from "../../proxy/index.js";
import type { CheckResponse, HttpRequest } from "./steps.js";

/** What has come of an answer of HTTP/1. */
export interface ParsedResponse {
  readonly response: CheckResponse;
  readonly body: Buffer;
  /** The body is whole. */
  readonly complete: boolean;
}

/**
 * Reads an answer as far as it has come: RFC 9112, but lenient, as a check is to say what a server does and not whether it does it
 * well. undefined: its head isn't whole yet; "malformed": it is none.
 */
export function parseResponse(
  bytes: Buffer,
  ended: boolean,
  method: string,
): ParsedResponse | "malformed" | undefined {
  const text = bytes.toString("latin1");
  if (!"HTTP/".startsWith(text.slice(0, 5))) return "malformed";
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return ended && text.length > 0 ? "malformed" : undefined;
  const lines = text.slice(0, end.index).split(/\r?\n/);
  const line = /^HTTP\/\d\.\d ([1-9]\d\d)(?: (.*))?$/.exec(lines[0] as string);
  if (line === null) return "malformed";
  const status = Number(line[1]);
  const headers = new Headers();
  for (const each of lines.slice(1)) {
    if (/^[ \t]/.test(each)) {
      const last = headers.length - 1;
      if (last < 0) return "malformed";
      headers.values[last] = `${headers.values[last]} ${each.trim()}`;
      continue;
    }
    const colon = each.indexOf(":");
    if (colon <= 0 || /[\0-\x20\x7f]/.test(each.slice(0, colon))) return "malformed";
    headers.add(each.slice(0, colon).toLowerCase(), each.slice(colon + 1).trim());
  }
  const rest = bytes.subarray(end.index + end[0].length);
  if (status < 200 && status !== 101) return parseResponse(rest, ended, method);
  const response = { status, reason: line[2] ?? "", headers };
  if (method === "HEAD" || status === 204 || status === 304)
    return { response, body: Buffer.alloc(0), complete: true };
  if (/\bchunked\s*$/i.test(headers.get("transfer-encoding") ?? "")) {
    const body = dechunk(rest);
    return body === undefined ? "malformed" : { response, ...body };
  }
  const length = headers.get("content-length");
  if (length === undefined) return { response, body: rest, complete: ended };
  if (!/^\d+$/.test(length)) return "malformed";
  const body = rest.subarray(0, Number(length));
  return { response, body, complete: body.length === Number(length) };
}

function dechunk(bytes: Buffer): { body: Buffer; complete: boolean } | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf("\n", at);
    if (end < 0) return { body: Buffer.concat(parts), complete: false };
    const size = /^([0-9a-f]{1,7})[ \t]*(;.*)?\r?$/i.exec(bytes.toString("latin1", at, end));
    if (size === null) return undefined;
    const length = Number.parseInt(size[1] as string, 16);
    if (length === 0) return { body: Buffer.concat(parts), complete: true };
    parts.push(bytes.subarray(end + 1, end + 1 + length));
    at = end + 1 + length;
    if (at >= bytes.length) return { body: Buffer.concat(parts), complete: false };
    if (bytes[at] === 13) at++;
    if (at < bytes.length && bytes[at] !== 10) return undefined;
    at++;
  }
}

export function requestBytes(request: HttpRequest): Buffer {
  const { headers } = request;
  let head = `${request.method} ${request.uri} ${request.version}\r\n`;
  headers.names.forEach((name, at) => {
    head += `${name}: ${headers.values[at]}\r\n`;
  });
  return Buffer.concat([Buffer.from(`${head}\r\n`, "latin1"), request.body]);
}
