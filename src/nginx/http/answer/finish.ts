import type { HttpRequest } from "../request.js";
import { sendText } from "./send.js";
import { errorPage } from "./status-text.js";

/** Goes on with a request at another path, as if the client had asked for that; given by what serves requests. */
export interface Redirector {
  /** To a path, from the beginning of the server's phases. */
  toUri(request: HttpRequest, uri: string, args: string): void;
  /** To a named location. */
  toNamed(request: HttpRequest, name: string): void;
}

/** Statuses after which a connection isn't used again: what follows may be misunderstood, or is better not trusted. */
const closing = new Set([400, 413, 414, 494, 495, 496, 497, 500, 501]);

/**
 * Answers with a status that has no body of its own: by error_page, or by the page that nginx makes (ngx_http_special_response_handler). 444 closes the
 * connection without a word; 499 is only logged.
 */
export function finish(request: HttpRequest, status: number, redirector: Redirector): void {
  const { answer, location } = request;
  if (answer.sent) {
    request.exchange.abort();
    return;
  }
  if (status === 444 || status === 499) {
    answer.status = status;
    request.exchange.abort();
    return;
  }
  if (closing.has(status)) request.closes = true;
  answer.clear();
  request.overriddenStatus = status;
  if (!request.inErrorPage && request.uriChangesLeft > 0) {
    const page = location.errorPages.get(status);
    if (page !== undefined) {
      if (!location.recursiveErrorPages) request.inErrorPage = true;
      sendErrorPage(request, page.target.value(request), page.answer, redirector);
      return;
    }
  }
  answer.status = status;
  const page = errorPage(status, location.software, location.msiePadding && isFriendly(request));
  if (page !== undefined) answer.contentType = "text/html";
  if (status === 204) {
    sendText(request, "");
    return;
  }
  sendText(request, page ?? "");
}

/** @param replaced what the answer's status is instead of the page's own: undefined the error's, 0 the target's */
function sendErrorPage(
  request: HttpRequest,
  target: string,
  replaced: number | undefined,
  redirector: Redirector,
): void {
  if (replaced !== undefined) request.overriddenStatus = replaced === 0 ? undefined : replaced;
  if (target.startsWith("@")) {
    redirector.toNamed(request, target);
    return;
  }
  if (target.startsWith("/")) {
    if (request.method !== "HEAD") request.method = "GET";
    const question = target.indexOf("?");
    const uri = question < 0 ? target : target.slice(0, question);
    redirector.toUri(request, uri, question < 0 ? "" : target.slice(question + 1));
    return;
  }
  // Elsewhere: the client is sent there.
  const { answer } = request;
  const moved = replaced !== undefined && [301, 302, 303, 307, 308].includes(replaced) ? replaced : 302;
  request.overriddenStatus = moved;
  answer.location = target;
  answer.status = moved;
  answer.contentType = "text/html";
  sendText(request, errorPage(moved, request.location.software, false) ?? "");
}

/** Browsers that show a page of their own instead of a short one. */
function isFriendly(request: HttpRequest): boolean {
  const agent = request.field("user-agent");
  return agent !== undefined && request.exchange.request.version !== "1.0" && /MSIE |Chrome\//.test(agent);
}
