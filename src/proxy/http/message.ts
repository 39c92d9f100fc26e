import type { Headers } from "./headers.js";

/** The head of a request. Strings are latin1: one character is one byte. */
export interface RequestHead {
  method: string;
  /** As in the request line: origin form, absolute form, authority form or "*". Of HTTP/2 put together from the pseudo header fields. */
  target: string;
  version: HttpVersion;
  headers: Headers;
  /** Of HTTP/2: ":scheme" and ":authority"; of HTTP/1 those of an absolute form. */
  scheme: string | undefined;
  authority: string | undefined;
}

export interface ResponseHead {
  status: number;
  reason: string;
  version: HttpVersion;
  headers: Headers;
}

export type HttpVersion = "1.0" | "1.1" | "2.0";

/** How long a body is: bytes, "chunked" (until its own end), "close" (until the connection's end), 0 for none. */
export type BodyLength = number | "chunked" | "close";

/** Trailer fields, where there were some. */
export type Trailers = Headers | undefined;
