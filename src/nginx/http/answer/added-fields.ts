import { Headers } from "../../../proxy/index.js";
import type { HttpRequest } from "../request.js";
import type { AddedField, ExpiresValue } from "../runtime.js";
import { httpDate } from "./http-date.js";

/** Statuses to which add_header and expires add without `always`. */
const usual = new Set([200, 201, 204, 206, 301, 302, 303, 304, 307, 308]);

/** Does what expires and add_header say (ngx_http_headers_filter). */
export function addFields(request: HttpRequest): void {
  const { location, answer } = request;
  const isUsual = usual.has(answer.status);
  if (isUsual && location.expires !== undefined) {
    const value = location.expires(request);
    if (value.kind !== "off") setExpires(request, value);
  }
  for (const field of location.fields) if (isUsual || field.always) addField(request, field);
}

/** Whether add_trailer says something of an answer: then it is sent in chunks where the client's version has them. */
export function hasTrailers({ location, answer }: HttpRequest): boolean {
  const isUsual = usual.has(answer.status);
  return location.trailers.some(({ always }) => isUsual || always);
}

/** What add_trailer says, asked for when the body has gone; undefined: nothing. */
export function trailersOf(request: HttpRequest): Headers | undefined {
  const { location, answer } = request;
  const isUsual = usual.has(answer.status);
  const trailers = new Headers([], [], []);
  // Those behind may tell of those in front.
  request.sentTrailers = trailers;
  for (const { name, value, always } of location.trailers) {
    const text = isUsual || always ? value.value(request) : "";
    if (text !== "") trailers.add(name.toLowerCase(), text, name);
  }
  return trailers.names.length === 0 ? undefined : trailers;
}

function addField(request: HttpRequest, { name, value }: AddedField): void {
  const { answer } = request;
  const text = value.value(request);
  switch (name.toLowerCase()) {
    case "last-modified":
      answer.modifiedText = text === "" ? undefined : text;
      break;
    case "etag":
      answer.etag = text === "" ? undefined : text;
      break;
    default:
      if (text !== "") answer.add(name, text);
  }
}

function setExpires({ answer }: HttpRequest, value: ExpiresValue): void {
  const now = Math.floor(Date.now() / 1000);
  answer.remove("expires");
  answer.remove("cache-control");
  const put = (expires: string, control: string) => {
    answer.add("Expires", expires);
    answer.add("Cache-Control", control);
  };
  if (value.kind === "epoch") {
    put("Thu, 01 Jan 1970 00:00:01 GMT", "no-cache");
    return;
  }
  if (value.kind === "max") {
    put("Thu, 31 Dec 2037 23:55:55 GMT", "max-age=315360000");
    return;
  }
  if (value.kind === "daily") {
    until(nextTimeOfDay(value.seconds));
    return;
  }
  if (value.seconds === 0) {
    put(httpDate(now), "max-age=0");
    return;
  }
  until((value.from === "modified" ? (answer.modified ?? now) : now) + value.seconds, value.seconds < 0);
  return;

  function until(at: number, isPast = false): void {
    put(httpDate(at), isPast || at < now ? "no-cache" : `max-age=${at - now}`);
  }
}

/** When it is so many seconds past midnight next, in this machine's time. */
function nextTimeOfDay(seconds: number): number {
  const midnight = new Date().setHours(0, 0, 0, 0) / 1000;
  const today = midnight + seconds;
  return today > Date.now() / 1000 ? today : today + 86_400;
}
