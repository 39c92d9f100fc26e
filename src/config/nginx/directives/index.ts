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

/** Directives by the titles that the manual has for them, in its order. */
const modules: readonly (readonly [title: string, module: object])[] = [
  ["The process", core],
  ["Events", events],
  ["HTTP: servers, locations, requests and answers", http],
  ["Upstreams", upstream],
  ["Health checks, sticky sessions, names resolved again", additions],
  ["Proxying", proxy],
  ["Rewriting", rewrite],
  ["Index, try_files, status", small],
  ["Logs", log],
  ["Access by address", access],
  ["Authentication", auth],
  ["Limits", limits],
  ["Maps", maps],
  ["Fields and expiry", headers],
  ["Clients' real addresses", realip],
  ["TLS", tls],
  ["HTTP/2", http2],
  ["Compression", gzip],
  ["Mirrors", mirror],
  ["Referers", referer],
  ["Secure links", secureLink],
  ["Texts replaced", sub],
  ["Texts added", addition],
  ["Lists of folders", autoindex],
  ["Character sets", charset],
  ["Stream: servers", streamCore],
  ["Stream: proxying", streamProxy],
  ["Stream: upstreams", streamUpstream],
  ["Stream: return and set", streamRewrite],
  ["Stream: logs", streamLog],
  ["Stream: access by address", streamAccess],
  ["Stream: limits", streamLimits],
  ["Stream: maps", streamMaps],
  ["Stream: clients' real addresses", streamRealip],
  ["Stream: TLS", streamTls],
  ["Refused", refused],
];

const isDefinition = (value: unknown): value is Any =>
  typeof value === "object" && value !== null && "contexts" in value && "read" in value;

const definitionsOf = (module: object): readonly Any[] => Object.values(module).flat().filter(isDefinition);

/** The manual's parts. */
export const manualParts = (): readonly (readonly [title: string, definitions: readonly Any[]])[] =>
  modules.map(([title, module]) => [title, definitionsOf(module)]);

let made: ReadonlyMap<string, readonly Any[]> | undefined;

/** Made at the first question: modules of definitions and readers know each other. */
function byName(): ReadonlyMap<string, readonly Any[]> {
  if (made === undefined) {
    const map = new Map<string, Any[]>();
    for (const one of modules.flatMap(([, module]) => definitionsOf(module)))
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
