import { addAddressHeader } from "./added-headers.js";
import { readRequestCookies } from "./cookies-request.js";
import type { HttpStream } from "./http-stream.js";

/** What is done with a request that passed all rules: cookies, unique id, x-forwarded-for (http_process_request). */
export function processRequest(stream: HttpStream): void {
  const { front, back, request } = stream;
  captureCookies(stream);
  if (front.uniqueId !== undefined) {
    const id = stream.uniqueIdentifier() as string;
    const header = front.section.uniqueIdHeader;
    if (header !== undefined) request.headers.add(header.toLowerCase(), id);
  }
  if (front.forwardFor !== undefined || (back !== front && back.forwardFor !== undefined))
    addAddressHeader(request.headers, front.forwardFor, back.forwardFor, stream.source);
  if (front.originalTo !== undefined || (back !== front && back.originalTo !== undefined))
    addAddressHeader(request.headers, front.originalTo, back.originalTo, stream.destination);
  stream.times.request = stream.now;
}

/** A cookie is logged also where the request goes no further. */
export function captureCookies(stream: HttpStream): void {
  if (stream.back.section.cookie !== undefined || stream.front.section.cookieCapture !== undefined)
    readRequestCookies(stream);
}
