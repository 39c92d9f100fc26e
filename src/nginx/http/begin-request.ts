import type { Exchange, RequestHead } from "../../proxy/index.js";
import type { HttpAddress } from "./compile/http.js";
import type { HttpConnection } from "./connection.js";
import { hostOf } from "./match/server-names.js";
import { certificateStatus, isMisdirected } from "./phases/client-certificate.js";
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
  const absolute = absoluteTarget(head);
  const target = absolute?.path ?? head.target;
  const request = new HttpRequest(exchange, connection, names.fallback, target);
  exchange.onGone = (how) => request.onGone?.(how);
  exchange.onFinished = () => end(request, over);
  request.closes = closing;
  const field = head.headers.get("host");
  const host = hostOf(absolute?.authority ?? field ?? "");
  const isValid = field === undefined || hostOf(field) !== undefined;
  if (!isValid || (host === undefined && (absolute !== undefined || field !== undefined))) {
    const where = isValid && absolute !== undefined ? "in request line" : "header";
    connection.log("info", `client sent invalid host ${where}`, request);
    finishRequest(request, 400);
    return;
  }
  request.host = host ?? "";
  if (!names.isOne) request.server = names.find(request.host, request);
  request.location = request.server.base;
  if (isMisdirected(request)) {
    const other = "client attempted to request the server name different from the one that was negotiated";
    connection.log("info", other, request);
    finishRequest(request, 421);
    return;
  }
  if (field === undefined && head.version === "1.1") {
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
  if (!/^[A-Z_-]+$/.test(head.method) || !/^[/?]/.test(target)) {
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
  const fault = certificateStatus(request);
  if (fault !== undefined) {
    finishRequest(request, fault);
    return;
  }
  const isWithoutPath = target.startsWith("?");
  if (isWithoutPath) request.isUriOriginal = false;
  const parsed = parseUri(isWithoutPath ? `/${target}` : target, request.server.mergeSlashes);
  if (parsed === undefined) {
    connection.log("info", "client sent invalid request", request);
    finishRequest(request, 400);
    return;
  }
  request.uri = parsed.uri;
  request.args = parsed.args ?? "";
  request.quotedUri = target.includes("%") || target.includes("+");
  dropUnreadable(request);
  request.server.postRead?.(request);
  serve(request);
}

const absoluteForm =
  /^[a-z][a-z0-9+.-]*:\/\/((?:\[[a-z0-9:._~!$&'()*+,;=-]*\]|[a-z0-9.-]*)(?::\d*)?)((?:[/?].*)?)$/i;

/** What HTTP/2's target is put together of: its authority is only looked at as Host is. */
const pseudoForm = /^[^:]*:\/\/([^/?#]*)(.*)$/s;

/** An absolute target's authority and path (ngx_http_parse_request_line: no user information); undefined: it is none. */
function absoluteTarget({ target, version }: RequestHead): { authority: string; path: string } | undefined {
  if (target.startsWith("/")) return undefined;
  const [, authority, path = ""] = (version === "2.0" ? pseudoForm : absoluteForm).exec(target) ?? [];
  return authority === undefined ? undefined : { authority, path: path || "/" };
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
