import { type BodyLength, Headers, type ResponseHead } from "../../../proxy/index.js";
import type { HttpRequest } from "../request.js";
import { dateNow } from "./http-date.js";
import { absoluteLocation } from "./redirect.js";
import { statusText } from "./status-text.js";

/** Statuses of nginx's own that a client is told as another one. */
const told: Readonly<Record<number, number>> = { 494: 400, 495: 400, 496: 400, 497: 400 };

/** Statuses whose bodies are what the file's date is of. */
const whole = new Set([200, 206, 304]);

/** The status as the client sees it. */
export const toldStatus = (status: number): number => told[status] ?? status;

/** The head of an answer, in nginx's order (ngx_http_header_filter). */
export function makeHead(request: HttpRequest, length: BodyLength): ResponseHead {
  const { answer, location } = request;
  const status = toldStatus(answer.status);
  const headers = new Headers([], [], []);
  const put = (name: string, lower: string, value: string) => headers.add(lower, value, name);
  if (!answer.passesServer) put("Server", "server", location.software);
  if (!answer.passesDate) put("Date", "date", dateNow());
  const { contentType, charset } = answer;
  if (contentType !== "")
    put(
      "Content-Type",
      "content-type",
      charset === undefined ? contentType : `${contentType}; charset=${charset}`,
    );
  if (answer.length !== undefined) put("Content-Length", "content-length", String(answer.length));
  if (answer.modifiedText !== undefined && whole.has(status))
    put("Last-Modified", "last-modified", answer.modifiedText);
  const made = answer.location === undefined ? undefined : absoluteLocation(request, answer.location);
  if (made !== undefined && made !== answer.location) put("Location", "location", made);
  if (length === "chunked" && request.method !== "HEAD")
    put("Transfer-Encoding", "transfer-encoding", "chunked");
  headers.add("connection", status === 101 ? "upgrade" : "", "Connection");
  const { keepAliveField } = location;
  if (keepAliveField !== undefined && !request.closes)
    put("Keep-Alive", "keep-alive", `timeout=${keepAliveField}`);
  if (answer.varies) put("Vary", "vary", "Accept-Encoding");
  if (made !== undefined && made === answer.location) put("Location", "location", made);
  if (answer.etag !== undefined) put("ETag", "etag", answer.etag);
  for (let at = 0; at < answer.names.length; at++) {
    const name = answer.names[at] as string;
    put(name, name.toLowerCase(), answer.values[at] as string);
  }
  if (answer.acceptsRanges) put("Accept-Ranges", "accept-ranges", "bytes");
  return { status, reason: answer.reason ?? statusText(status), version: "1.1", headers };
}
