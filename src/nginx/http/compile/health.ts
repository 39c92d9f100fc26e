import { Mistake } from "../../../config/nginx/mistake.js";
import type { HealthCheck } from "../../../config/nginx/model/index.js";
import { Headers } from "../../../proxy/index.js";
import { HealthChecks } from "../../upstream/index.js";
import { serverNameOf } from "../content/proxy/server-name.js";
import type { ProxySettings } from "../content/proxy/settings.js";
import { checkRequest, checkText } from "../health/check-request.js";
import { httpProbe } from "../health/http-probe.js";
import { type AnswerTest, answerTests, usualTests } from "../health/match.js";
import type { HttpServer } from "../runtime.js";
import { type Build, textOf } from "./build.js";
import { additions, type Block, proxy } from "./definitions.js";
import { proxySettings } from "./proxy.js";

/** What health_check of a server's locations says. @throws Mistake */
export function healthChecksOf(block: Block, server: HttpServer, build: Build): HealthChecks[] {
  const said = block.own(additions.healthCheck);
  return [
    ...(said === undefined ? [] : [checksOf(block, said, server, build)]),
    ...block.all("location").flatMap((child) => healthChecksOf(child, server, build)),
  ];
}

function checksOf(block: Block, said: HealthCheck, server: HttpServer, build: Build): HealthChecks {
  const { place, match, port, uri } = said;
  const fail = (message: string) => new Mistake(message, { place, code: "health-check" });
  const pass = block.own(proxy.proxyPass);
  if (pass === undefined) throw fail('"health_check" needs "proxy_pass" in its location');
  const upstream = build.upstreams.get(pass.authority.toLowerCase());
  if (pass.hasVariables || upstream === undefined)
    throw fail('"health_check" needs an upstream block that "proxy_pass" names');
  if (upstream.model.zone === undefined)
    throw fail(`health checks require upstream "${upstream.name}" to be in shared memory ("zone")`);
  const settings = proxySettings(block, block, build) as ProxySettings;
  const variables = new Map(variablesOf(match, build).map((text) => [text.text, textOf(build, text)]));
  const target = settings.target(checkRequest(server, uri));
  const tls = pass.scheme.toLowerCase() === "https";
  const probe = httpProbe({
    head: () => {
      const request = checkRequest(server, uri);
      if ("upstream" in target) request.proxyTarget = target;
      return headOf(settings, request, said);
    },
    tests: match === undefined ? usualTests : testsOf(match, build, fail),
    variable: (head, name) => {
      const text = variables.get(name);
      return text === undefined ? "" : checkText(text, checkRequest(server, uri, head));
    },
    port,
    connectTimeoutMs: settings.connectTimeoutMs,
    readTimeoutMs: settings.readTimeoutMs,
    keepaliveTimeMs: said.keepaliveTimeMs,
    maxHeadBytes: Math.max(4096, settings.bufferSize),
    tls: tls ? settings.tls.always : undefined,
    serverName: tls ? nameOf(settings, server, uri, target) : undefined,
  });
  return new HealthChecks(upstream, { ...said, match: match ?? "" }, probe, (level, sentence) =>
    build.errorLog(level, sentence),
  );
}

type Target = ReturnType<ProxySettings["target"]>;

function nameOf(
  settings: ProxySettings,
  server: HttpServer,
  uri: string,
  target: Target,
): string | undefined {
  if (settings.tlsName === undefined) return undefined;
  const request = checkRequest(server, uri);
  if ("upstream" in target) request.proxyTarget = target;
  return serverNameOf(checkText(settings.tlsName, request));
}

/** GET of the check's URI with what proxy_set_header says. */
function headOf(settings: ProxySettings, request: ReturnType<typeof checkRequest>, said: HealthCheck) {
  const headers = new Headers([], [], []);
  for (const { name, value } of settings.fields) {
    const text = checkText(value, request);
    const lower = name.toLowerCase();
    const ends = said.keepaliveTimeMs > 0 && lower === "connection" && text === "close";
    if (text !== "" && !ends) headers.add(lower, text, name);
  }
  return {
    method: "GET",
    target: said.uri,
    version: said.keepaliveTimeMs > 0 ? ("1.1" as const) : settings.httpVersion,
    headers,
    scheme: undefined,
    authority: undefined,
  };
}

const matchBlock = (name: string, build: Build): Block | undefined =>
  build.http.all("match").find((block) => block.own(additions.match) === name);

function testsOf(name: string, build: Build, fail: (message: string) => Mistake): readonly AnswerTest[] {
  const block = matchBlock(name, build);
  if (block === undefined) throw fail(`match "${name}" is not found`);
  return answerTests(additions.matchRules(block));
}

/** What `require` names in a match block. */
function variablesOf(name: string | undefined, build: Build) {
  const block = name === undefined ? undefined : matchBlock(name, build);
  const rules = block === undefined ? [] : additions.matchRules(block);
  return rules.flatMap((rule) => (rule.kind === "require" ? rule.variables : []));
}
