import type { Context, Definition } from "../definition.js";
import * as access from "./access.js";
import * as addition from "./addition.js";
import * as additions from "./additions.js";
import * as auth from "./auth.js";
import * as autoindex from "./autoindex.js";
import * as charset from "./charset.js";
import * as core from "./core.js";
import * as events from "./events.js";
import * as gzip from "./gzip.js";
import * as headers from "./headers.js";
import * as http from "./http.js";
import * as http2 from "./http2.js";
import * as limits from "./limits.js";
import * as log from "./log.js";
import * as maps from "./maps.js";
import * as mirror from "./mirror.js";
import * as proxy from "./proxy.js";
import * as realip from "./realip.js";
import * as referer from "./referer.js";
import * as refused from "./refused.js";
import * as rewrite from "./rewrite.js";
import * as secureLink from "./secure-link.js";
import * as small from "./small.js";
import * as streamAccess from "./stream/access.js";
import * as streamCore from "./stream/core.js";
import * as streamLimits from "./stream/limits.js";
import * as streamLog from "./stream/log.js";
import * as streamMaps from "./stream/maps.js";
import * as streamProxy from "./stream/proxy.js";
import * as streamRealip from "./stream/realip.js";
import * as streamRewrite from "./stream/rewrite.js";
import * as streamTls from "./stream/tls.js";
import * as streamUpstream from "./stream/upstream.js";
import * as sub from "./sub.js";
import * as tls from "./tls.js";
import * as upstream from "./upstream.js";

/** Definitions of all types, as the index has them. */
type Any = Definition<unknown>;

const modules: readonly object[] = [
  access,
  additions,
  refused,
  addition,
  auth,
  autoindex,
  charset,
  core,
  events,
  gzip,
  headers,
  http,
  http2,
  limits,
  log,
  maps,
  mirror,
  proxy,
  realip,
  referer,
  rewrite,
  secureLink,
  small,
  sub,
  tls,
  upstream,
  streamAccess,
  streamCore,
  streamLimits,
  streamLog,
  streamMaps,
  streamProxy,
  streamRealip,
  streamRewrite,
  streamTls,
  streamUpstream,
];

const isDefinition = (value: unknown): value is Any =>
  typeof value === "object" && value !== null && "contexts" in value && "read" in value;

let made: ReadonlyMap<string, readonly Any[]> | undefined;

/** Made at the first question: modules of definitions and readers know each other. */
function byName(): ReadonlyMap<string, readonly Any[]> {
  if (made === undefined) {
    const map = new Map<string, Any[]>();
    for (const one of modules
      .flatMap((module) => Object.values(module))
      .flat()
      .filter(isDefinition))
      map.set(one.name, [...(map.get(one.name) ?? []), one]);
    made = map;
  }
  return made;
}

/** All directives that are known, in no order. */
export const allDefinitions = (): readonly Any[] => [...byName().values()].flat();

/** Directives of a name, in whatever context. */
export const definitionsNamed = (name: string): readonly Any[] => byName().get(name) ?? [];

/** What may stand in a context. */
export const names = (context: Context): string[] => [
  "include",
  ...allDefinitions()
    .filter(({ contexts }) => contexts.includes(context))
    .map(({ name }) => name),
];
