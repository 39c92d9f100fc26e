import type { Headers, RequestHead, ResponseHead } from "../../proxy/index.js";
import { later, type SampleContext } from "../run/index.js";
import { rawRequest } from "./raw-request.js";

/** The request's head, while the request is looked at; in mode tcp what the bytes begin with. `later`: it hasn't come yet. */
export function requestHead(context: SampleContext): RequestHead | undefined | typeof later {
  const stream = context.stream;
  if (context.direction !== "request" || stream === undefined) return undefined;
  const http = stream.http;
  if (http !== undefined) return http.request;
  return rawRequest(stream.requestBytes);
}

/** The response's head: of the stream, or of a health check. */
export function responseHead(
  context: SampleContext,
): ResponseHead | { status: number; headers: Headers } | undefined {
  if (context.check !== undefined) return context.check.response;
  return context.direction === "response" ? context.stream?.http?.response : undefined;
}

export type Side = "request" | "response";

/** The header fields of one side, or of the side that is being looked at. */
export function headersOf(
  context: SampleContext,
  side: Side | undefined,
): Headers | undefined | typeof later {
  if ((side ?? context.direction) === "request") {
    const head = requestHead(context);
    return head === later ? later : head?.headers;
  }
  return responseHead(context)?.headers;
}
