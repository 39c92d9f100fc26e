import type { BodyLength, Headers, HttpVersion, RequestHead, ResponseHead } from "../../../proxy/index.js";

/**
 * How many bytes HAProxy counts for a head. It counts what its own form of a message (HTX) takes: 20 bytes and three texts of the start
 * line, names and values without what separates them, one byte for the end. So %B and %U don't count the bytes of the wire.
 */
function fieldsSize(headers: Headers): number {
  const { names, values } = headers;
  let size = 1;
  for (let at = 0; at < names.length; at++)
    size += (names[at] as string).length + (values[at] as string).length;
  return size;
}

/** What ends a body: trailer fields, and the last chunk of HTTP/1, which counts also where none follow it (HTX's EOT). */
export function endSize(length: BodyLength, version: HttpVersion, trailers: Headers | undefined): number {
  if (trailers !== undefined && trailers.length > 0) return fieldsSize(trailers);
  return length === "chunked" && version !== "2.0" ? 1 : 0;
}

const startLine = 20 + "HTTP/1.1".length;

export function requestSize(head: RequestHead): number {
  return startLine + head.method.length + head.target.length + fieldsSize(head.headers);
}

export function responseSize(head: ResponseHead): number {
  return startLine + 3 + head.reason.length + fieldsSize(head.headers);
}

/** Of a body; 0 where it isn't known before its end. */
export function knownLength(length: BodyLength): number {
  return typeof length === "number" ? length : 0;
}
