import type { AddedHeader, ErrorPage, Template } from "../../../config/nginx/model/index.js";
import { parseExpires } from "../../../config/nginx/readers/headers.js";
import { parseSize } from "../../../config/nginx/values/numbers.js";
import { compileRegex } from "../../../regex/index.js";
import { type LastTry, tryFilesStep } from "../content/index.js";
import type { GzipRules, GzipSettings } from "../filters/gzip.js";
import { mirror } from "../phases/mirror.js";
import { realIp } from "../phases/real-ip.js";
import type { AddedField, ErrorTarget, Expires, ExpiresValue, Location, Rewrite, Step } from "../runtime.js";
import { redirectToNamed } from "../serve.js";
import { noteInZone } from "../status/status-zone.js";
import { compileReferers } from "../variables/referers.js";
import type { SecureLink } from "../variables/secure-link.js";
import { accessSteps } from "./access.js";
import { accessLogs } from "./access-logs.js";
import { type Build, fixed, textOf } from "./build.js";
import { contentOf, handling } from "./content.js";
import {
  additions,
  type Block,
  core,
  gzip,
  headers,
  links,
  mirroring,
  proxy,
  realip,
  referer,
  small,
} from "./definitions.js";
import { charsetOf, filtersOf } from "./filters.js";
import { limitSteps } from "./limits.js";

/** Makes what serves of a location's block, or of a server's (`match` undefined), with all that holds there. */
export function compileLocation(block: Block, build: Build, rewrite: Rewrite | undefined): Location {
  const match = locationMatch(block);
  const root = block.value(core.root);
  const keepAlive = block.value(core.keepaliveTimeout);
  return {
    name: match?.name ?? "",
    isNamed: match?.kind === "named",
    isRegex: match?.kind === "regex",
    internal: block.own(core.internal) === true,
    rewrite,
    steps: stepsOf(block, build),
    content: contentOf(block, build),
    passes: handling(block).own(proxy.proxyPass) !== undefined,
    root: root === undefined ? fixed(`${build.prefix}html`) : textOf(build, root.path),
    rootIsAlias: root?.alias === true,
    types: block.value(core.typesBlock) ?? usualTypes,
    defaultType: block.value(core.defaultType) as string,
    errorPages: errorPages(block.value(core.errorPage) ?? [], build),
    recursiveErrorPages: block.value(core.recursiveErrorPages),
    fields: fieldsOf(block.value(headers.addHeader), build),
    trailers: fieldsOf(block.value(headers.addTrailer), build),
    expires: expiresOf(block, build),
    etag: block.value(core.etag),
    ifModifiedSince: block.value(core.ifModifiedSince),
    maxRanges: block.value(core.maxRanges),
    software: block.value(core.serverTokens) === "off" ? "nginx" : build.software,
    msiePadding: block.value(core.msiePadding),
    absoluteRedirect: block.value(core.absoluteRedirect),
    serverNameInRedirect: block.value(core.serverNameInRedirect),
    portInRedirect: block.value(core.portInRedirect),
    logNotFound: block.value(core.logNotFound),
    maxBodySize: block.value(core.clientMaxBodySize),
    bodyBufferSize: block.value(core.clientBodyBufferSize),
    bodyTimeoutMs: block.value(core.clientBodyTimeout),
    bodyFolder: bodyFolderOf(block, build),
    sendTimeoutMs: block.value(core.sendTimeout),
    keepAliveTimeoutMs: keepAlive.timeoutMs,
    keepAliveRequests: block.value(core.keepaliveRequests),
    keepAliveTimeMs: block.value(core.keepaliveTime),
    keepAliveField: keepAlive.header === 0 ? undefined : keepAlive.header,
    chunked: block.value(core.chunkedTransferEncoding),
    gzip: gzipOf(block),
    gzipRules: gzipRulesOf(block),
    filters: filtersOf(block, build),
    charset: charsetOf(block, build),
    limitRate: sizeOf(block.value(core.limitRate), build),
    limitRateAfter: sizeOf(block.value(core.limitRateAfter), build),
    logs: [...accessLogs(block, build), ...zoneNotes(block, build)],
    logsSubrequests: block.value(core.logSubrequest),
    secureLink: secureLinkOf(block, build),
    referers: referersOf(block),
    errorLogs: saidErrorLogs(block),
    except: exceptOf(block, build),
  };
}

function bodyFolderOf(block: Block, build: Build): string {
  const said = block.value(core.clientBodyTempPath);
  if (said === undefined) return build.temporaryFolder;
  build.makeFolder(said);
  return said;
}

function fieldsOf(said: readonly AddedHeader[] | undefined, build: Build): AddedField[] {
  return (said ?? []).map(({ name, value, always }) => ({ name, value: textOf(build, value), always }));
}

/** The nearest block that says one of both kinds decides which it is. */
function secureLinkOf(block: Block, build: Build): SecureLink | undefined {
  const secret = block.own(links.secureLinkSecret);
  if (secret !== undefined) return { kind: "secret", secret };
  if (block.own(links.secureLink) === undefined && block.own(links.secureLinkMd5) === undefined)
    return block.parent && secureLinkOf(block.parent, build);
  const [link, hashed] = [block.value(links.secureLink), block.value(links.secureLinkMd5)];
  if (link === undefined || hashed === undefined) return undefined;
  return { kind: "md5", link: textOf(build, link), hashed: textOf(build, hashed) };
}

function referersOf(block: Block): Location["referers"] {
  const words = block.value(referer.validReferers);
  return words && compileReferers(words, block.value(core.serverName));
}

/** `status_zone` of a location: requests that end in it are counted. */
function zoneNotes(block: Block, build: Build): Location["logs"] {
  const name = block.context === "location" ? block.own(additions.statusZone) : undefined;
  if (name === undefined) return [];
  const zone = build.status.locationZones.take(name);
  return [(request) => noteInZone(zone, request)];
}

/** The nearest error_log around a block, but for main's. */
function saidErrorLogs(block: Block): Location["errorLogs"] {
  const said = block.value(core.errorLog);
  return said.length > 0 ? said : undefined;
}

/** limit_except: what holds for methods that it doesn't name. */
function exceptOf(block: Block, build: Build): Location["except"] {
  const [inner] = block.all("limit_except");
  if (inner === undefined) return undefined;
  const methods = new Set(inner.statement!.words.map(({ text }) => text.toUpperCase()));
  if (methods.has("GET")) methods.add("HEAD");
  return { methods, location: compileLocation(inner, build, undefined) };
}

/** The location that a block is, or is within. */
function locationMatch(block: Block) {
  for (let at: Block | undefined = block; at !== undefined; at = at.parent) {
    const match = at.own(core.locationBlock);
    if (match !== undefined) return match;
  }
  return undefined;
}

function stepsOf(block: Block, build: Build): Step[] {
  const steps: Step[] = [];
  const find = realIpOf(block, build);
  if (find !== undefined)
    steps.push((request) => {
      find(request);
      return "next";
    });
  steps.push(...limitSteps(block, build), ...accessSteps(block, build));
  const tries = block.own(small.tryFiles);
  if (tries !== undefined) {
    const last: LastTry =
      typeof tries.last === "number"
        ? { kind: "status", status: tries.last }
        : tries.last.text.startsWith("@")
          ? { kind: "named", name: tries.last.text }
          : { kind: "uri", uri: textOf(build, tries.last) };
    const each = tries.files.map((template) => ({
      text: textOf(build, { ...template, text: template.text.replace(/\/$/, "") }),
      isFolder: template.text.endsWith("/"),
    }));
    steps.push(tryFilesStep(each, last, redirectToNamed));
  }
  const mirrors = block.value(mirroring.mirror) ?? [];
  if (mirrors.length > 0) {
    const step = mirror(mirrors, block.value(mirroring.mirrorRequestBody));
    steps.push((request) => (request.main === request ? step(request) : "next"));
  }
  return steps;
}

/** What set_real_ip_from and its like do in a block. */
export function realIpOf(block: Block, build: Build): ReturnType<typeof realIp> | undefined {
  const from = block.value(realip.setRealIpFrom);
  return (
    from &&
    realIp(
      {
        from,
        header: block.value(realip.realIpHeader).toLowerCase(),
        recursive: block.value(realip.realIpRecursive),
      },
      (sentence) => build.errorLog("warn", sentence),
    )
  );
}

function errorPages(said: readonly ErrorPage[], build: Build): ReadonlyMap<number, ErrorTarget> {
  const pages = new Map<number, ErrorTarget>();
  for (const { statuses, target, answer } of said) {
    const made = { target: textOf(build, target), answer };
    for (const status of statuses) if (!pages.has(status)) pages.set(status, made);
  }
  return pages;
}

/** Bytes, or what a text with variables makes: 0 where that is no size. */
function sizeOf(said: number | Template | undefined, build: Build): Location["limitRate"] {
  if (said === undefined) return undefined;
  if (typeof said === "number") return () => said;
  const text = textOf(build, said);
  return (request) => parseSize(text.value(request)) ?? 0;
}

function gzipOf(block: Block): GzipSettings | undefined {
  if (!block.value(gzip.gzip)) return undefined;
  return {
    types: new Set(block.value(gzip.gzipTypes).map((type) => type.toLowerCase())),
    level: block.value(gzip.gzipCompLevel),
    windowBits: bitsOf(block.value(gzip.gzipWindow), 9, 15),
    memLevel: bitsOf(block.value(gzip.gzipHash), 8, 16) - 7,
    least: block.value(gzip.gzipMinLength),
    ...gzipRulesOf(block),
  };
}

function gzipRulesOf(block: Block): GzipRules {
  return {
    version: block.value(core.gzipHttpVersion),
    vary: block.value(core.gzipVary),
    proxied: new Set<string>(block.value(core.gzipProxied)),
    disabled: (block.value(core.gzipDisable) ?? []).map(agentTest),
  };
}

/** The power of two that a size is at most. */
const bitsOf = (size: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, Math.floor(Math.log2(size))));

/** An expression of gzip_disable; "msie6" is old Internet Explorers. */
function agentTest(source: string): (agent: string) => boolean {
  const regex = compileRegex(source === "msie6" ? "MSIE [4-6]\\." : source, { ignoreCase: true });
  return (agent) => regex.test(agent) && (source !== "msie6" || !/SV1/.test(agent));
}

function expiresOf(block: Block, build: Build): Expires | undefined {
  const said = block.value(headers.expires);
  if (said === undefined || said.kind === "off") return undefined;
  if (said.kind !== "template") {
    const value = expiresValue(said);
    return () => value;
  }
  const text = textOf(build, said.value);
  return (request) => {
    const parsed = parseExpires(text.value(request), said.modified);
    return typeof parsed === "string" ? { kind: "off" } : expiresValue(parsed);
  };
}

function expiresValue(said: ReturnType<typeof parseExpires> & object): { kind: "off" } | ExpiresValue {
  switch (said.kind) {
    case "off":
    case "epoch":
    case "max":
      return { kind: said.kind };
    case "daily":
      return { kind: "daily", seconds: said.seconds };
    case "access":
    case "modified":
      return { kind: "seconds", seconds: said.seconds, from: said.kind === "access" ? "now" : "modified" };
    default:
      return { kind: "off" };
  }
}

const usualTypes: ReadonlyMap<string, string> = new Map([
  ["html", "text/html"],
  ["gif", "image/gif"],
  ["jpg", "image/jpeg"],
]);
