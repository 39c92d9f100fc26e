import type { StatsPage } from "../../config/haproxy/model/index.js";
import type { RequestHead } from "../../proxy/index.js";
import type { ProxyRun, RuntimeHost, Service, ServiceCall } from "../run/index.js";
import type { ProcessGauges } from "./gauges.js";
import { printJsonSchema } from "./json-schema.js";
import { applyForm, readForm } from "./page/admin-post.js";
import { formToken, isForged, sameText, sharedSecret } from "./page/form-token.js";
import { htmlPage, type PageView } from "./page/page.js";
import { type AdminResult, type PageOptions, pageLink, readPageOptions } from "./page/page-options.js";
import { printCsvHead, printCsvRow, printJsonRow, printTypedRow } from "./print-stat.js";
import { selectRows } from "./select-rows.js";
import { responseHead, sendPieces } from "./send.js";
import type { StatRow } from "./stat-row.js";

/** The stats page of proxies with `stats enable` or any other `stats` line: the stream calls it where the address fits and its rules allow it. */
export function statsService(host: RuntimeHost, gauges: ProcessGauges): Service {
  const secret = sharedSecret(host.process.memory);
  return {
    name: "<STATS>",
    serve(call) {
      const page = call.proxy.section.stats;
      if (page === undefined) return call.refuse(503);
      if (!isAuthorized(page, call.request)) return call.refuse(401, page.realm);
      const options = readPageOptions(call.request.target, page);
      const token = formToken(secret, call.request.headers, page.uri);
      const admin = isAdmin(host, call, page);
      if (call.request.method === "POST") receiveOrder(host, call, page, options, token, admin);
      else
        sendPage(host, gauges, call, {
          page,
          options,
          admin,
          token,
          shows: shownProxies(call.proxy, page, options),
        });
    },
  };
}

/** `stats auth`: without any user everyone may look. */
function isAuthorized({ users }: StatsPage, { headers }: RequestHead): boolean {
  if (users.length === 0) return true;
  const given = /^basic +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1];
  if (given === undefined) return false;
  const credentials = Buffer.from(given, "base64").toString("latin1");
  return users.some(({ user, password }) => sameText(credentials, `${user}:${password}`));
}

/** Any of the `stats admin` conditions holds. */
function isAdmin({ process }: RuntimeHost, { stream, proxy }: ServiceCall, { admin }: StatsPage): boolean {
  const context = {
    session: stream.session,
    stream,
    direction: "request",
    final: true,
    check: undefined,
  } as const;
  return admin.some(
    (condition) => process.compile.condition(condition, proxy.section.acls)(context) === true,
  );
}

/** By `stats scope` ("." is the proxy itself) and by what the reader wrote. */
function shownProxies(own: ProxyRun, page: StatsPage, { scope }: PageOptions): (proxy: ProxyRun) => boolean {
  const wanted = scope.toLowerCase();
  return (proxy) =>
    (page.scope.length === 0 ||
      page.scope.some((name) => (name === "." ? proxy === own : name === proxy.name))) &&
    proxy.name.toLowerCase().includes(wanted);
}

const contentTypes = {
  html: "text/html",
  csv: "text/plain",
  typed: "text/plain",
  json: "application/json",
  "json-schema": "application/json",
} as const;

function sendPage(host: RuntimeHost, gauges: ProcessGauges, call: ServiceCall, view: PageView): void {
  const { page, options } = view;
  const refresh: [string, string][] =
    page.refreshMs > 0 && !options.noRefresh ? [["refresh", String(Math.floor(page.refreshMs / 1000))]] : [];
  const head = responseHead(200, "OK", [
    ["cache-control", "no-cache"],
    ["content-type", contentTypes[options.format]],
    ...refresh,
  ]);
  sendPieces(call, head, options.format === "html" ? htmlPage(host, gauges, view) : exportRows(host, view));
}

function* exportRows(host: RuntimeHost, { page, options, shows }: PageView): Generator<string> {
  if (options.format === "json-schema") return yield printJsonSchema();
  const rows = selectRows(host.process, {
    legends: page.showLegends,
    hideDown: options.hideDown,
    hideMaintenance: options.hideMaintenance,
    only: shows,
  });
  if (options.format === "json") return yield* jsonRows(rows);
  if (options.format === "csv") yield printCsvHead();
  for (const row of rows) yield options.format === "csv" ? printCsvRow(row) : printTypedRow(row, false);
}

function* jsonRows(rows: Iterable<StatRow>): Generator<string> {
  yield "[";
  let first = true;
  for (const row of rows) {
    yield `${first ? "" : ","}${printJsonRow(row)}`;
    first = false;
  }
  yield "]\n";
}

/** Collects the form, does what it says, and sends the reader back to the page. */
function receiveOrder(
  host: RuntimeHost,
  call: ServiceCall,
  page: StatsPage,
  options: PageOptions,
  token: string,
  admin: boolean,
): void {
  if (!admin) {
    redirect(call, page, options, "DENY");
    return;
  }
  const { tune } = host.process.config.global;
  const limit = tune.bufsize - (tune.maxrewrite ?? 0);
  let body = "";
  let answered = false;
  const answer = (result: AdminResult) => {
    if (answered) return;
    answered = true;
    redirect(call, page, options, result);
  };
  call.onGone = () => {
    answered = true;
  };
  const incoming = call.body;
  incoming.handler = {
    onData: (bytes) => {
      if (body.length + bytes.length > limit) answer("EXCD");
      else body += bytes.toString("latin1");
    },
    onEnd: () => {
      if (!answered) answer(obey(host, call.request, body, token));
    },
    onBroken: () => {
      answered = true;
    },
  };
  incoming.resume();
}

function obey(host: RuntimeHost, request: RequestHead, body: string, token: string): AdminResult {
  const form = readForm(body);
  if (form === undefined) return "ERRP";
  const given = form.findLast(([name]) => name === "t")?.[1];
  const target = request.headers.get("host") ?? request.authority;
  if (isForged(request.headers, target, given, token)) return "DENY";
  return applyForm(host.process, form);
}

function redirect(call: ServiceCall, page: StatsPage, options: PageOptions, result: AdminResult): void {
  const location = pageLink(page, { ...options, format: "html" }, { result });
  const head = responseHead(303, "See Other", [
    ["cache-control", "no-cache"],
    ["content-type", "text/plain"],
    ["content-length", "0"],
    ["location", location],
  ]);
  call.respond(head, 0).end();
}
