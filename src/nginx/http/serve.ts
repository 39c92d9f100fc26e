import type { RewriteResult } from "../script/index.js";
import { finish, type Redirector } from "./answer/finish.js";
import { sendText } from "./answer/send.js";
import type { HttpRequest } from "./request.js";
import type { Location, Verdict } from "./runtime.js";
import { escapeUri } from "./uri/escape.js";

/**
 * Leads a request through its server's phases: rewriting, finding a location, the location's rewriting, its steps (limits, access …), its content
 * (ngx_http_core_run_phases).
 */
export function serve(request: HttpRequest): void {
  guarded(request, () => {
    const { rewrite } = request.server;
    if (rewrite === undefined || goesOn(request, rewrite(request))) findLocation(request);
  });
}

const redirector: Redirector = {
  toUri(request, uri, args) {
    if (isCycle(request, `internally redirecting to "${uri}"`)) return;
    request.becomeInternal();
    request.uri = uri;
    request.args = args;
    request.isLocationValid = true;
    request.location = request.server.base;
    serve(request);
  },
  toNamed(request, name) {
    if (isCycle(request, `redirect to named location "${name}"`)) return;
    const location = request.server.named.get(name);
    if (location === undefined) {
      request.connection.log("error", `could not find named location "${name}"`, request);
      finishRequest(request, 500);
      return;
    }
    request.becomeInternal();
    guarded(request, () => enter(request, location));
  },
};

/** Ends a request by a status that has no body of its own. */
export const finishRequest = (request: HttpRequest, status: number): void =>
  finish(request, status, redirector);

export const redirectTo = (request: HttpRequest, uri: string, args: string): void =>
  redirector.toUri(request, uri, args);
export const redirectToNamed = (request: HttpRequest, name: string): void =>
  redirector.toNamed(request, name);

/** Whether a request was led elsewhere too often; then it is answered. */
function isCycle(request: HttpRequest, doing: string): boolean {
  if (request.uriChangesLeft-- > 0) return false;
  request.connection.log("error", `rewrite or internal redirection cycle while ${doing}`, request);
  request.uriChangesLeft = 0;
  finishRequest(request, 500);
  return true;
}

function guarded(request: HttpRequest, work: () => void): void {
  try {
    work();
  } catch (error) {
    failed(request, error);
  }
}

/** A fault of ours: it is told, and costs this request alone. */
export function failed(request: HttpRequest, error: unknown): void {
  request.connection.log(
    "alert",
    error instanceof Error ? (error.stack ?? error.message) : String(error),
    request,
  );
  if (!request.isFinished) finishRequest(request, 500);
}

/** Whether the request goes on after a rewriting; if not it is answered. */
function goesOn(request: HttpRequest, result: RewriteResult): boolean {
  const { answer, location } = request;
  switch (result.kind) {
    case "next":
    case "rewritten":
      return true;
    case "failed":
      request.connection.log("error", result.message, request);
      request.uriChangesLeft = 0;
      finishRequest(request, 500);
      return false;
    case "redirect":
      answer.location = result.location;
      finishRequest(request, result.status);
      return false;
    case "status":
      finishRequest(request, result.status);
      return false;
    case "respond":
      answer.status = result.status;
      if (result.status !== 204 && answer.contentType === "")
        answer.contentType = typeOf(location, request.uri);
      sendText(request, result.text);
      return false;
  }
}

/** A path's type by its extension (types), or default_type. */
export function typeOf({ types, defaultType }: Location, path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return (dot >= 0 && types.get(name.slice(dot + 1).toLowerCase())) || defaultType;
}

function findLocation(request: HttpRequest): void {
  const { server } = request;
  const found = server.locations.find(request.uri, request);
  if (found?.kind === "slash") {
    const { answer } = request;
    request.location = found.value;
    answer.location = `${escapeUri(found.value.name, "uri")}${request.args === "" ? "" : `?${request.args}`}`;
    finishRequest(request, 301);
    return;
  }
  if (found?.value.internal && !request.isInternal) {
    request.location = found.value;
    finishRequest(request, 404);
    return;
  }
  const location = found?.value ?? server.base;
  request.location = location;
  if (!isTooLarge(request)) enter(request, location);
}

/** Whether the body is said to be larger than it may be; then it is answered, whatever the location does. */
function isTooLarge(request: HttpRequest): boolean {
  const { maxBodySize } = request.location;
  const { length } = request.exchange.body;
  if (maxBodySize === 0 || typeof length !== "number" || length <= maxBodySize) return false;
  request.connection.log("error", `client intended to send too large body: ${length} bytes`, request);
  finishRequest(request, 413);
  return true;
}

function enter(request: HttpRequest, location: Location): void {
  request.location = location;
  if (location.rewrite !== undefined) {
    const result = location.rewrite(request);
    if (!goesOn(request, result)) return;
    if (result.kind === "rewritten") {
      request.location = request.server.base;
      findLocation(request);
      return;
    }
  }
  const { except } = request.location;
  if (except !== undefined && !except.methods.has(request.method)) request.location = except.location;
  runSteps(request, 0);
}

/** The location's steps from one on, then its content. */
function runSteps(request: HttpRequest, from: number): void {
  const { steps, content } = request.location;
  for (let at = from; at <= steps.length; at++) {
    const step = at < steps.length ? (steps[at] as (typeof steps)[number]) : content;
    const verdict = step(request);
    if (verdict instanceof Promise) {
      verdict.then(
        (later) => guarded(request, () => take(later, at)),
        (error) => failed(request, error),
      );
      return;
    }
    if (verdict !== "next") {
      take(verdict, at);
      return;
    }
  }
  finishRequest(request, 404);

  function take(verdict: Verdict, at: number): void {
    if (request.isFinished) return;
    if (verdict === "next") runSteps(request, at + 1);
    else if (verdict !== "done") finishRequest(request, verdict);
  }
}
