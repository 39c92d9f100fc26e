import { parseSize } from "../../../config/nginx/values/numbers.js";
import type { Registry } from "../../variables/registry.js";
import { toldStatus } from "../answer/head.js";
import { dateNow } from "../answer/http-date.js";
import { absoluteLocation } from "../answer/redirect.js";
import type { HttpRequest } from "../request.js";
import type { UpstreamState } from "../upstream-state.js";

/** The variables of what a client is answered, and of the servers that were asked for it. */
export function defineAnswerVariables(registry: Registry<HttpRequest>): void {
  const define = (name: string, get: (request: HttpRequest) => string | undefined) =>
    registry.define(name, get, { kept: false });
  define("status", ({ answer, overriddenStatus }) => {
    const status = overriddenStatus ?? answer.status;
    return status === 0 ? "000" : String(status).padStart(3, "0");
  });
  registry.define(
    "limit_rate",
    (request) => String(request.limitRate ?? request.location.limitRate?.(request) ?? 0),
    {
      kept: false,
      changeable: true,
      set: (request, value) => {
        request.limitRate = parseSize(value);
      },
    },
  );
  define("bytes_sent", ({ exchange }) => String(exchange.sentBytes));
  define("body_bytes_sent", ({ bodyBytesSent }) => String(bodyBytesSent));
  define("sent_http_content_type", ({ answer }) =>
    answer.contentType === ""
      ? undefined
      : answer.charset === undefined
        ? answer.contentType
        : `${answer.contentType}; charset=${answer.charset}`,
  );
  define("sent_http_content_length", ({ answer }) => answer.length?.toString());
  define("sent_http_location", (request) =>
    request.answer.location === undefined ? undefined : absoluteLocation(request, request.answer.location),
  );
  define("sent_http_last_modified", ({ answer }) => answer.modifiedText ?? answer.all("last-modified"));
  define("sent_http_connection", (request) =>
    toldStatus(request.answer.status) === 101 ? "upgrade" : request.keepsConnection ? "keep-alive" : "close",
  );
  define("sent_http_transfer_encoding", ({ answer }) => (answer.chunked ? "chunked" : undefined));
  define("sent_http_server", ({ answer, location }) =>
    answer.passesServer ? answer.all("server") : location.software,
  );
  define("sent_http_date", ({ answer }) => (answer.passesDate ? answer.all("date") : dateNow()));
  define("sent_http_accept_ranges", ({ answer }) =>
    answer.acceptsRanges ? "bytes" : answer.all("accept-ranges"),
  );
  define("sent_http_etag", ({ answer }) => answer.etag ?? answer.all("etag"));
  registry.definePrefix(
    "sent_http_",
    (rest) => {
      const name = rest.replaceAll("_", "-");
      return ({ answer }) => answer.all(name);
    },
    { kept: false },
  );
  registry.definePrefix(
    "sent_trailer_",
    (rest) => {
      const name = rest.replaceAll("_", "-");
      return ({ sentTrailers }) => (sentTrailers?.has(name) ? sentTrailers.all(name).join(", ") : undefined);
    },
    { kept: false },
  );
  defineUpstream(registry);
}

function defineUpstream(registry: Registry<HttpRequest>): void {
  const each = (name: string, of: (state: UpstreamState) => string) =>
    registry.define(name, ({ upstreams }) => (upstreams.length === 0 ? undefined : list(upstreams, of)), {
      kept: false,
    });
  const time = (seconds: number) => (seconds < 0 ? "-" : seconds.toFixed(3));
  each("upstream_addr", ({ peer }) => peer);
  each("upstream_status", ({ status }) => (status === 0 ? "-" : String(status)));
  each("upstream_response_time", ({ responseTime }) => time(responseTime));
  each("upstream_connect_time", ({ connectTime }) => time(connectTime));
  each("upstream_header_time", ({ headerTime }) => time(headerTime));
  each("upstream_response_length", ({ responseLength }) => String(responseLength));
  each("upstream_bytes_received", ({ bytesReceived }) => String(bytesReceived));
  each("upstream_bytes_sent", ({ bytesSent }) => String(bytesSent));
  registry.define("upstream_cache_status", () => undefined, { kept: false });
  registry.definePrefix(
    "upstream_http_",
    (rest) => {
      const name = rest.replaceAll("_", "-");
      return ({ upstreamHead }) => upstreamHead?.headers.get(name);
    },
    { kept: false },
  );
  registry.definePrefix(
    "upstream_cookie_",
    (rest) =>
      ({ upstreamHead }) =>
        setCookie(upstreamHead?.headers.all("set-cookie") ?? [], rest),
    { kept: false },
  );
  registry.definePrefix(
    "upstream_trailer_",
    (rest) => {
      const name = rest.replaceAll("_", "-");
      return ({ upstreamTrailers }) => upstreamTrailers?.get(name);
    },
    { kept: false },
  );
}

/** "a, b : c": tries of one group by commas, groups by colons. */
function list(states: readonly UpstreamState[], of: (state: UpstreamState) => string): string {
  let text = "";
  let separator = "";
  for (const state of states) {
    if (state.peer === "") separator = " : ";
    else {
      text += separator + of(state);
      separator = ", ";
    }
  }
  return text;
}

/** The value of a cookie that an answer sets; names have no case, and only spaces are white (ngx_http_parse_set_cookie_lines). */
function setCookie(fields: readonly string[], name: string): string | undefined {
  for (const field of fields) {
    if (field.slice(0, name.length).toLowerCase() !== name) continue;
    const value = /^ *= *([^;]*)/.exec(field.slice(name.length))?.[1];
    if (value !== undefined) return value;
  }
  return undefined;
}
