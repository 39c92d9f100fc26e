import type { Exchange } from "../../proxy/index.js";
import type { HttpAddress } from "./compile/http.js";
import type { HttpConnection } from "./connection.js";
import { hostOf } from "./match/server-names.js";
import { HttpRequest } from "./request.js";
import { finishRequest, serve } from "./serve.js";
import { parseUri } from "./uri/parse-uri.js";

/**
 * Serves a request whose head has come: finds its server by its host, reads its path, and leads it through the phases.
 * @param closing - nothing more is to come over this connection
 * @param over - called when it is over, with its log line written
 */
export function beginRequest(
  exchange: Exchange,
  connection: HttpConnection,
  { names, listen }: HttpAddress,
  closing: boolean,
  over: () => void,
): void {
  connection.requests++;
  const { request: head } = exchange;
  const target = targetOf(head.target);
  const request = new HttpRequest(exchange, connection, names.fallback, target);
  exchange.onGone = (how) => request.onGone?.(how);
  exchange.onFinished = () => end(request, over);
  request.closes = closing;
  const named = head.authority ?? head.headers.get("host");
  const host = named === undefined || named === "" ? "" : hostOf(named);
  if (host === undefined) {
    connection.log("info", `client sent invalid host header`, request);
    finishRequest(request, 400);
    return;
  }
  request.host = host;
  if (host !== "" && !names.isOne) request.server = names.find(host, request);
  request.location = request.server.base;
  if (named === undefined && head.version === "1.1") {
    connection.log("info", 'client sent HTTP/1.1 request without "Host" header', request);
    finishRequest(request, 400);
    return;
  }
  const size = request.server.headerSize;
  if (head.method.length + head.target.length + 11 > size) {
    connection.log("info", "client sent too long URI", request);
    finishRequest(request, 414);
    return;
  }
  if (head.headers.names.some((name, at) => name.length + head.headers.values[at]!.length + 4 > size)) {
    connection.log("info", "client sent too long header line", request);
    finishRequest(request, 494);
    return;
  }
  if (!/^[A-Z_-]+$/.test(head.method) || (!isPath(head.target) && head.authority === undefined)) {
    connection.log("info", "client sent invalid method or request line", request);
    finishRequest(request, 400);
    return;
  }
  if (head.method === "TRACE" || head.method === "CONNECT") {
    connection.log("info", `client sent ${head.method} method`, request);
    finishRequest(request, 405);
    return;
  }
  if (listen.ssl && connection.tls === undefined) {
    finishRequest(request, 497);
    return;
  }
  const parsed = parseUri(target, request.server.mergeSlashes);
  if (parsed === undefined) {
    connection.log("info", "client sent invalid request", request);
    finishRequest(request, 400);
    return;
  }
  request.uri = parsed.uri;
  request.args = parsed.args ?? "";
  request.quotedUri = target.includes("%") || target.includes("+");
  dropUnreadable(request);
  serve(request);
}

const isPath = (target: string) => target.startsWith("/");

/** Of an absolute target its path: the host was told apart. */
function targetOf(target: string): string {
  if (target.startsWith("/")) return target;
  const path = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*(.*)$/.exec(target)?.[1] ?? target;
  return path.startsWith("/") ? path : `/${path}`;
}

/** Fields whose names nginx doesn't take are as if they hadn't been sent: those with an underscore, unless underscores_in_headers. */
function dropUnreadable({ server, exchange }: HttpRequest): void {
  if (server.underscoresInHeaders || !server.ignoreInvalidHeaders) return;
  const { headers } = exchange.request;
  for (let at = headers.names.length - 1; at >= 0; at--)
    if (!/^[a-z0-9-]+$/.test(headers.names[at] as string)) headers.removeAt(at);
}

function end(request: HttpRequest, over: () => void): void {
  if (request.isFinished) return;
  request.isFinished = true;
  for (const work of request.onEnd.splice(0)) work();
  for (const write of request.location.logs) write(request);
  over();
}
