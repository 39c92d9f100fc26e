import { randomBytes } from "node:crypto";
import { realpathSync } from "node:fs";
import type { Registry } from "../../variables/registry.js";
import { pathOf } from "../content/static.js";
import type { HttpRequest } from "../request.js";

/** Fields that may stand several times and are joined, by ", " or, of Cookie, "; ". */
const joined: Readonly<Record<string, string>> = { cookie: "; ", "x-forwarded-for": ", " };

/** The variables of a request and its connection (ngx_http_core_variables). */
export function defineRequestVariables(registry: Registry<HttpRequest>): void {
  const define = (name: string, get: (request: HttpRequest) => string | undefined) =>
    registry.define(name, get, { kept: false });
  definePath(registry);
  define("request_method", ({ main }) => main.method);
  define("request", requestLine);
  define("scheme", ({ connection }) => (connection.tls === undefined ? "http" : "https"));
  define("https", ({ connection }) => (connection.tls === undefined ? "" : "on"));
  define("server_protocol", protocol);
  define("host", ({ host, server }) => host || server.name);
  define("http2", ({ exchange }) => (exchange.request.version === "2.0" ? "h2" : ""));
  define("content_type", (request) => request.field("content-type"));
  define("content_length", (request) => request.field("content-length"));
  define("remote_user", (request) => request.user ?? userIn(request.field("authorization")));
  define("request_length", ({ exchange }) => String(exchange.headBytes + exchange.body.received));
  define("request_time", ({ beganAt }) => (Math.floor(performance.now() - beganAt) / 1000).toFixed(3));
  define("request_completion", ({ isComplete }) => (isComplete ? "OK" : ""));
  define("request_body", ({ body }) => body?.text);
  define("request_body_file", () => undefined);
  registry.define("request_id", () => randomBytes(16).toString("hex"));
  define("limit_req_status", ({ main }) => main.limitReqStatus);
  define("limit_conn_status", ({ main }) => main.limitConnStatus);
  registry.definePrefix("http_", (rest) => fieldGetter(rest), { kept: false });
  registry.definePrefix("arg_", (rest) => (request) => argument(request.args, rest), { kept: false });
  registry.definePrefix("cookie_", (rest) => (request) => cookie(request, rest), { kept: false });
}

function definePath(registry: Registry<HttpRequest>): void {
  const plain = { kept: false } as const;
  registry.define("uri", ({ uri }) => uri, plain);
  registry.define("document_uri", ({ uri }) => uri, plain);
  registry.define("request_uri", ({ unparsedUri }) => unparsedUri, plain);
  registry.define("args", ({ args }) => args || undefined, {
    ...plain,
    changeable: true,
    set: (request, value) => {
      request.args = value;
      request.isUriOriginal = false;
    },
  });
  registry.define("query_string", ({ args }) => args || undefined, plain);
  registry.define("is_args", ({ args }) => (args === "" ? "" : "?"), plain);
  registry.define("document_root", (request) => rootOf(request), plain);
  registry.define("realpath_root", (request) => realPath(rootOf(request)), plain);
  registry.define("request_filename", (request) => pathOf(request), plain);
}

const rootOf = (request: HttpRequest): string => request.location.root.value(request);

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function protocol({ exchange }: HttpRequest): string {
  return `HTTP/${exchange.request.version}`;
}

function requestLine(request: HttpRequest): string {
  const { method, target, version } = request.exchange.request;
  return `${method} ${version === "2.0" ? request.unparsedUri : target} ${protocol(request)}`;
}

/** "$http_x_y" is the field "X-Y"; several of one name are joined where they may be, else the first counts. */
function fieldGetter(rest: string): (request: HttpRequest) => string | undefined {
  const name = rest.replaceAll("_", "-");
  const separator = joined[name];
  if (separator === undefined && name === rest) return (request) => request.field(name);
  if (separator === undefined) return (request) => request.field(name) ?? underscored(request, rest);
  return (request) => {
    const { headers } = request.exchange.request;
    return headers.has(name) ? headers.all(name).join(separator) : undefined;
  };
}

/** A field whose name has underscores itself (underscores_in_headers). */
function underscored({ exchange, server }: HttpRequest, rest: string): string | undefined {
  if (!server.underscoresInHeaders) return undefined;
  const { names, values } = exchange.request.headers;
  return values[names.findIndex((name) => name.replaceAll("-", "_") === rest)];
}

/** The first argument of a name; names have no case. */
export function argument(args: string, name: string): string | undefined {
  if (args === "") return undefined;
  for (const part of args.split("&")) {
    const equals = part.indexOf("=");
    if (equals === name.length && part.slice(0, equals).toLowerCase() === name) return part.slice(equals + 1);
  }
  return undefined;
}

/** A cookie that the client sent; names have no case. */
export function cookie({ exchange }: HttpRequest, name: string): string | undefined {
  for (const field of exchange.request.headers.all("cookie"))
    for (const part of field.split(";")) {
      const text = part.trimStart();
      const equals = text.indexOf("=");
      if (equals === name.length && text.slice(0, equals).toLowerCase() === name)
        return text.slice(equals + 1).trimEnd();
    }
  return undefined;
}

/** The user that a Basic Authorization names, proved or not. */
export function userIn(authorization: string | undefined): string | undefined {
  const found = /^basic +([A-Za-z0-9+/=]+)/i.exec(authorization ?? "");
  if (!found) return undefined;
  const decoded = Buffer.from(found[1] as string, "base64").toString("latin1");
  const colon = decoded.indexOf(":");
  return colon < 0 ? undefined : decoded.slice(0, colon);
}
