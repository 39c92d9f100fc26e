import { readFileSync } from "node:fs";
import type { ProxyPass } from "../../../config/nginx/model/index.js";
import type { RewriteRule } from "../../../config/nginx/readers/proxy.js";
import { makeTlsClient, type TlsClientSettings, type TlsVersionName } from "../../../proxy/index.js";
import { changingClient, unchangingClient } from "../../tls/changing-client.js";
import { commanded } from "../../tls/commands.js";
import { readPairs } from "../../tls/pairs.js";
import type { Lookup } from "../../upstream/index.js";
import { compileExpression } from "../../variables/expression.js";
import type { CookieChange } from "../content/proxy/cookies.js";
import type { RedirectChange } from "../content/proxy/redirects.js";
import { unsentFields } from "../content/proxy/request-head.js";
import { hiddenFields } from "../content/proxy/response-fields.js";
import type { NextUpstream, NoTarget, ProxySettings, ProxyTarget } from "../content/proxy/settings.js";
import type { HttpRequest } from "../request.js";
import type { Text } from "../runtime.js";
import { type Build, fixed, optionalText, textOf } from "./build.js";
import { type Block, core, proxy } from "./definitions.js";
import { lookupOf } from "./upstreams.js";

/**
 * What proxy_… directives say of a location that passes requests on; undefined: it doesn't.
 * @param handler the block that has proxy_pass: the location itself, or the one around an `if`
 */
export function proxySettings(handler: Block, block: Block, build: Build): ProxySettings | undefined {
  const pass = handler.own(proxy.proxyPass);
  if (pass === undefined) return undefined;
  const bind = block.value(proxy.proxyBind);
  const targetOf = pass.hasVariables
    ? variableTarget(pass, build, lookupOf(block))
    : fixedTarget(pass, build, lookupOf(block));
  const fields = fieldsOf(block, build);
  const passed = namesOf(block.value(proxy.proxyPassHeader));
  return {
    target: targetOf,
    key: keyOf(build),
    sticky: (upstream) => build.stickies.get(upstream),
    httpVersion: block.value(proxy.proxyHttpVersion),
    method: optionalText(build, block.value(proxy.proxyMethod)),
    setBody: setBody(block, build),
    passBody: block.value(proxy.proxyPassRequestBody),
    passHeaders: block.value(proxy.proxyPassRequestHeaders),
    fields,
    unsent: unsentFields(fields),
    saysLength: fields.some(({ lower }) => lower === "content-length"),
    hidden: hiddenFields(namesOf(block.value(proxy.proxyHideHeader)), passed),
    passed,
    ignored: namesOf(block.value(proxy.proxyIgnoreHeaders)),
    redirects: redirectsOf(pass, handler, block, build),
    cookieChanges: cookieChanges(block, build),
    requestBuffering: block.value(proxy.proxyRequestBuffering),
    bufferSize: block.value(proxy.proxyBufferSize),
    buffering: block.value(proxy.proxyBuffering),
    holding: holdingOf(block, build),
    limitRate: block.value(proxy.proxyBuffering) ? block.value(proxy.proxyLimitRate) : 0,
    connectTimeoutMs: block.value(proxy.proxyConnectTimeout),
    readTimeoutMs: block.value(proxy.proxyReadTimeout),
    sendTimeoutMs: block.value(proxy.proxySendTimeout),
    next: nextOf(block),
    interceptErrors: block.value(proxy.proxyInterceptErrors),
    ignoreClientAbort: block.value(proxy.proxyIgnoreClientAbort),
    localAddress: optionalText(build, bind?.address),
    tls: tlsOf(block, build),
    tlsName: block.value(proxy.proxySslServerName)
      ? (optionalText(build, block.value(proxy.proxySslName)) ?? hostName)
      : undefined,
    socketKeepAlive: block.value(proxy.proxySocketKeepalive),
  };
}

const hostName: Text = {
  constant: undefined,
  value: (request) => (request.proxyTarget?.host ?? "").replace(/:\d+$/, ""),
};

const namesOf = (names: readonly string[] | undefined): ReadonlySet<string> =>
  new Set((names ?? []).map((name) => name.toLowerCase()));

function setBody(block: Block, build: Build): Text | undefined {
  const text = block.value(proxy.proxySetBody);
  return text === undefined ? undefined : textOf(build, { text, place: { file: "", line: 0, column: 0 } });
}

function holdingOf(block: Block, build: Build): ProxySettings["holding"] {
  const { count, size } = block.value(proxy.proxyBuffers);
  const folder = block.value(proxy.proxyTempPath);
  if (folder !== undefined) build.makeFolder(folder);
  return {
    memory: block.value(proxy.proxyBufferSize) + count * size,
    file: block.value(proxy.proxyMaxTempFileSize) ?? usualTempFile,
    folder: folder ?? build.temporaryFolder,
  };
}

/** proxy_max_temp_file_size's default: 1 GiB. */
const usualTempFile = 2 ** 30;

/** What proxy_set_header says, then what nginx sends unless that names it. */
function fieldsOf(block: Block, build: Build): ProxySettings["fields"] {
  const said = (block.value(proxy.proxySetHeader) ?? []).map(({ name, value }) => ({
    name,
    lower: name.toLowerCase(),
    value: textOf(build, value),
  }));
  const has = (name: string) => said.some(({ lower }) => lower === name);
  if (!has("host")) said.push({ name: "Host", lower: "host", value: proxyHost });
  if (!has("connection")) said.push({ name: "Connection", lower: "connection", value: fixed("close") });
  return said;
}

/** $proxy_host: the host of proxy_pass, with its port where that isn't the scheme's. */
const proxyHost: Text = { constant: undefined, value: (request) => request.proxyTarget?.host ?? "" };

function keyOf(build: Build): ProxySettings["key"] {
  return (upstream, request) => build.hashKeys.get(upstream)?.value(request);
}

const isTls = (scheme: string) => scheme.toLowerCase() === "https";

/** "10.0.0.1:8080" and its like: the port counts where it is said. */
function portOf(authority: string, tls: boolean): number {
  const found = /:(\d+)$/.exec(authority.replace(/^\[[^\]]*\]/, ""));
  return found ? Number(found[1]) : tls ? 443 : 80;
}

/** What $proxy_host and $proxy_port say: a port that is the scheme's own isn't part of the host (ngx_http_proxy_set_vars). */
function placeOf(authority: string, tls: boolean): Pick<ProxyTarget, "host" | "port" | "isUnix"> {
  const port = portOf(authority, tls);
  if (/^unix:/i.test(authority)) return { host: "localhost", port, isUnix: true };
  const usual = tls ? ":443" : ":80";
  const host = authority.endsWith(usual) ? authority.slice(0, -usual.length) : authority;
  return { host, port, isUnix: false };
}

function fixedTarget(
  { scheme, authority, uri }: ProxyPass,
  build: Build,
  lookup: Lookup | undefined,
): (request: HttpRequest) => ProxyTarget {
  const tls = isTls(scheme);
  const upstream =
    build.upstreams.get(authority.toLowerCase()) ?? build.bare(authority, tls ? 443 : 80, lookup).upstream;
  const target: ProxyTarget = {
    upstream,
    ...placeOf(authority, tls),
    tls,
    uri,
    isWhole: false,
  };
  return (request) => {
    request.proxyTarget = target;
    return target;
  };
}

/** Whether an address's port, if it says one, is one. */
function hasGoodPort(authority: string): boolean {
  if (/^unix:/i.test(authority)) return true;
  const found = /^(?:\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(authority);
  const port = found?.[1] === undefined ? 1 : Number(found[1]);
  return found !== null && port > 0 && port < 65536;
}

function variableTarget(
  { url }: ProxyPass,
  build: Build,
  lookup: Lookup | undefined,
): (request: HttpRequest) => ProxyTarget | NoTarget | Promise<ProxyTarget | NoTarget> {
  const text = textOf(build, url);
  return (request) => {
    const value = text.value(request);
    const found = /^(https?):\/\/(unix:[^:]*(?=:|$)|[^/?#]*)(?::(?=\/))?(.*)$/is.exec(value);
    if (!found || found[2] === "") return { status: 500, sentence: `invalid URL prefix in "${value}"` };
    const [, scheme = "http", authority = "", rest = ""] = found;
    const tls = isTls(scheme);
    const known = build.upstreams.get(authority.toLowerCase());
    if (known === undefined && !hasGoodPort(authority))
      return { status: 500, sentence: `invalid port in upstream "${authority}${rest}"` };
    const { upstream, isNew } =
      known === undefined ? build.bare(authority, tls ? 443 : 80, lookup) : { upstream: known, isNew: false };
    const target: ProxyTarget = {
      upstream,
      ...placeOf(authority, tls),
      tls,
      uri: rest === "" ? undefined : rest,
      isWhole: true,
    };
    request.proxyTarget = target;
    return isNew ? upstream.ready.then(() => target) : target;
  };
}

const statuses: Readonly<Record<string, number>> = {
  http_403: 403,
  http_404: 404,
  http_429: 429,
  http_500: 500,
  http_502: 502,
  http_503: 503,
  http_504: 504,
};

function nextOf(block: Block): NextUpstream {
  const said: readonly string[] = block.value(proxy.proxyNextUpstream);
  const off = said.includes("off");
  const has = (word: string) => !off && said.includes(word);
  return {
    error: has("error"),
    timeout: has("timeout"),
    invalidHeader: has("invalid_header"),
    statuses: new Set(off ? [] : said.flatMap((word) => statuses[word] ?? [])),
    nonIdempotent: has("non_idempotent"),
    tries: block.value(proxy.proxyNextUpstreamTries),
    timeoutMs: block.value(proxy.proxyNextUpstreamTimeout),
  };
}

function redirectsOf(pass: ProxyPass, handler: Block, block: Block, build: Build): RedirectChange[] {
  const said = block.value(proxy.proxyRedirect);
  const usual: readonly RewriteRule[] =
    pass.hasVariables || pass.uri === undefined ? [] : [{ kind: "default" }];
  return (said ?? usual).map((rule) => redirectOf(rule, pass, handler, build));
}

function redirectOf(rule: RewriteRule, pass: ProxyPass, handler: Block, build: Build): RedirectChange {
  if (rule.kind === "default") {
    const from = `${pass.scheme}://${pass.authority}${pass.uri ?? ""}`;
    const name = handler.own(core.locationBlock)?.name ?? "";
    return (_, location) => (location.startsWith(from) ? name + location.slice(from.length) : undefined);
  }
  const to = textOf(build, rule.to);
  if (rule.kind === "text") {
    const from = textOf(build, rule.from);
    return (request, location) => {
      const prefix = from.value(request);
      return location.startsWith(prefix) ? to.value(request) + location.slice(prefix.length) : undefined;
    };
  }
  const { pattern, ignoreCase } = rule;
  const expression = compileExpression(pattern, { ignoreCase, place: rule.to.place }, build.registry);
  return (request, location) => (expression.match(request, location) ? to.value(request) : undefined);
}

function cookieChanges(block: Block, build: Build): CookieChange[] {
  return [
    ...(block.value(proxy.proxyCookieDomain) ?? []).map((rule) => cookieChange("domain", rule, build)),
    ...(block.value(proxy.proxyCookiePath) ?? []).map((rule) => cookieChange("path", rule, build)),
    ...(block.value(proxy.proxyCookieFlags) ?? []).map(({ cookie, regex, flags }): CookieChange => {
      const texts = flags.map((flag) => textOf(build, flag));
      const name = regex ? undefined : textOf(build, cookie);
      const test = regex
        ? compileExpression(cookie.text, { ignoreCase: true, place: cookie.place }, build.registry)
        : undefined;
      return {
        kind: "flags",
        fits: (request, text) =>
          test === undefined
            ? name?.value(request).toLowerCase() === text.toLowerCase()
            : test.match(request, text),
        set: (request) => texts.map((text) => text.value(request)),
      };
    }),
  ];
}

function cookieChange(kind: "domain" | "path", rule: RewriteRule, build: Build): CookieChange {
  if (rule.kind === "default") return { kind };
  const to = textOf(build, rule.to);
  if (rule.kind === "regex") {
    const options = { ignoreCase: rule.ignoreCase, place: rule.to.place };
    const expression = compileExpression(rule.pattern, options, build.registry);
    return {
      kind,
      change: (request, value) => (expression.match(request, value) ? to.value(request) : undefined),
    };
  }
  const from = textOf(build, rule.from);
  if (kind === "domain")
    return {
      kind,
      change: (request, value) => {
        const dot = value.startsWith(".") ? "." : "";
        const fits = value.slice(dot.length).toLowerCase() === from.value(request).toLowerCase();
        return fits ? dot + to.value(request) : undefined;
      },
    };
  return {
    kind,
    change: (request, value) => {
      const prefix = from.value(request);
      return value.startsWith(prefix) ? to.value(request) + value.slice(prefix.length) : undefined;
    },
  };
}

const read = (build: Build, path: string | undefined): string | undefined =>
  path === undefined
    ? undefined
    : readFileSync(path.startsWith("/") ? path : build.confPrefix + path, "utf8");

function tlsOf(block: Block, build: Build): ProxySettings["tls"] {
  const names = block.value(proxy.proxySslProtocols) as readonly string[];
  const versions = (["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const).filter((name) =>
    names.includes(name),
  );
  const readText = (path: string) => read(build, path)!;
  const commands = commanded(block.value(proxy.proxySslConfCommand), "proxy_ssl_conf_command", readText);
  const said = block.value(proxy.proxySslCertificate);
  const place = said?.place ?? block.statement!.name.place;
  const certificate = commands.certificate ?? said?.text ?? "";
  const key = commands.key ?? block.value(proxy.proxySslCertificateKey)?.text ?? certificate;
  const passwords = read(build, block.value(proxy.proxySslPasswordFile));
  const ciphers = block.value(proxy.proxySslCiphers);
  const name = block.value(proxy.proxySslName);
  const settings: TlsClientSettings = {
    ca: read(build, block.value(proxy.proxySslTrustedCertificate)),
    crl: read(build, block.value(proxy.proxySslCrl)),
    ...(ciphers !== "DEFAULT" && { ciphers }),
    minVersion: versions[0] as TlsVersionName | undefined,
    maxVersion: versions.at(-1) as TlsVersionName | undefined,
    verify: block.value(proxy.proxySslVerify) ? "required" : "none",
    ...(name !== undefined && !name.text.includes("$") && { verifyHost: name.text }),
    verifyDepth: block.value(proxy.proxySslVerifyDepth),
    reuse: block.value(proxy.proxySslSessionReuse),
    ...commands.settings,
  };
  if (`${certificate}${key}`.includes("$")) {
    const texts = {
      certificate: textOf(build, { text: certificate, place }),
      key: textOf(build, { text: key, place }),
    };
    return changingClient(settings, texts, passwords, readText);
  }
  const files = { certificates: certificate === "" ? [] : [certificate], keys: [key] };
  const client = makeTlsClient({ ...settings, certificate: readPairs(files, passwords, readText)[0] });
  return unchangingClient(client);
}
