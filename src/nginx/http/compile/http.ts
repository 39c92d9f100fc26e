import type { Finding } from "../../../config/finding.js";
import type { Listen } from "../../../config/nginx/model/index.js";
import { IpAddress } from "../../../wire/index.js";
import type { HealthChecks, Upstream } from "../../upstream/index.js";
import { compileExpression } from "../../variables/expression.js";
import { defineGeo } from "../../variables/geo/geo.js";
import { defineMap } from "../../variables/map.js";
import { Registry } from "../../variables/registry.js";
import { defineSplitClients } from "../../variables/split-clients.js";
import { CountZones, limitCounts } from "../../zones/count-rows.js";
import { ownZones } from "../../zones/zone-store.js";
import type { ApiData } from "../api/index.js";
import { type Counts, sharedCounts } from "../counts.js";
import { ServerNames } from "../match/server-names.js";
import type { HttpRequest } from "../request.js";
import type { HttpServer, Names } from "../runtime.js";
import { statusZones } from "../status/status-zone.js";
import { defineAnswerVariables } from "../variables/answer-variables.js";
import { defineConnectionVariables, defineCounts } from "../variables/connection-variables.js";
import { defineProxyVariables } from "../variables/proxy-variables.js";
import { defineReferers } from "../variables/referers.js";
import { defineRequestVariables } from "../variables/request-variables.js";
import { defineSecureLink } from "../variables/secure-link.js";
import { defineTlsVariables } from "../variables/tls-variables.js";
import type { Build, Surroundings } from "./build.js";
import { type Block, core, maps, tls } from "./definitions.js";
import { healthChecksOf } from "./health.js";
import { makeZones } from "./limits.js";
import { compileServer } from "./server.js";
import { bareUpstreams, lookupOf, makeUpstreams } from "./upstreams.js";

/** An address that servers listen at, and those servers by their names. */
export interface HttpAddress {
  readonly listen: Listen;
  readonly names: Names;
  /** The server blocks of it, the default one first: for what is a server's own before a name is known (TLS). */
  readonly blocks: readonly { readonly block: Block; readonly server: HttpServer }[];
}

/** An http block, ready to serve. */
export interface Http {
  readonly addresses: readonly HttpAddress[];
  readonly registry: Registry<HttpRequest>;
  readonly counts: Counts;
  /** What the API tells of. */
  readonly status: ApiData;
  readonly upstreams: () => Upstream[];
  /** What asks servers how they are; begun by who serves. */
  readonly checks: readonly HealthChecks[];
  /** What is wrong with it: then it is not to be run. */
  readonly findings: readonly Finding[];
}

/**
 * Makes what serves of an http block: all that directives say is looked up once, here.
 * @throws Mistake with its place
 */
export function compileHttp(http: Block, surroundings: Surroundings): Http {
  const registry = new Registry<HttpRequest>({
    uninitialized: (request, name) =>
      request.connection.log("warn", `using uninitialized "${name}" variable`, request),
    cycle: (request, name) =>
      request.connection.log("error", `cycle while evaluating variable "${name}"`, request),
  });
  defineRequestVariables(registry);
  defineConnectionVariables(registry, surroundings.version);
  defineAnswerVariables(registry);
  defineProxyVariables(registry);
  defineTlsVariables(registry);
  defineSecureLink(registry);
  defineReferers(registry);
  const lookup = lookupOf(http);
  const bare = bareUpstreams(surroundings);
  const counts = sharedCounts(surroundings.zoneStore ?? ownZones());
  defineCounts(registry, counts);
  defineMaps(http, registry);
  const zoneStore = surroundings.zoneStore ?? ownZones();
  const status: ApiData = {
    version: surroundings.version,
    counts,
    serverZones: statusZones("server", zoneStore),
    locationZones: statusZones("location", zoneStore),
    limitRequests: limitCounts("limit_req", zoneStore),
    limitConnections: limitCounts("limit_conn", zoneStore),
    respawned: new CountZones("processes", ["respawned"] as const, [], zoneStore).take("workers"),
    stream: surroundings.streamStatus ?? (() => undefined),
    upstreams: (role) => {
      const all = role === "http" ? [...made.upstreams.values()] : (surroundings.streamUpstreams?.() ?? []);
      return all.filter(({ model }) => model.zone !== undefined);
    },
  };
  const build: Build = {
    ...surroundings,
    http,
    registry,
    counts,
    bare,
    lookup,
    upstreams: new Map(),
    hashKeys: new Map(),
    stickies: new Map(),
    status,
    findings: [],
    ifLocations: new Map(),
    zones: { requests: new Map(), connections: new Map() },
  };
  const made: Build = Object.assign(build, { zones: makeZones(build) });
  makeUpstreams(made);
  const servers = http.all("http-server").map((block) => ({ block, server: compileServer(block, made) }));
  const checks = servers.flatMap(({ block, server }) => healthChecksOf(block, server, made));
  const addresses = addressesOf(servers, made);
  return {
    addresses,
    registry,
    counts,
    upstreams: () => [...made.upstreams.values(), ...bare.all()],
    checks,
    status,
    findings: [...made.findings, ...registry.seal()],
  };
}

function defineMaps(http: Block, registry: Registry<HttpRequest>): void {
  for (const model of http.value(maps.mapBlock)) defineMap(model, registry);
  for (const model of http.value(maps.splitClients)) defineSplitClients(model, registry);
  for (const model of http.value(maps.geo))
    defineGeo(model, registry, {
      client: ({ clientAddress }) => IpAddress.parse(clientAddress),
      forwardedFor: ({ exchange }) => exchange.request.headers.all("x-forwarded-for"),
    });
}

type Made = { readonly block: Block; readonly server: HttpServer };

function addressesOf(servers: readonly Made[], build: Build): HttpAddress[] {
  const byText = new Map<string, { listen: Listen; made: Made }[]>();
  for (const made of servers)
    for (const listen of made.block.value(core.listen))
      byText.set(listen.text, [...(byText.get(listen.text) ?? []), { listen, made }]);
  return [...byText.values()].map((all) => {
    const usual = all.find(({ listen }) => listen.defaultServer) ?? all[0]!;
    const names: Names = new ServerNames(usual.made.server);
    for (const { made } of all)
      for (const name of made.server.names) {
        const options = { ignoreCase: true, place: name.place };
        const expression =
          name.kind === "regex" ? compileExpression(name.name, options, build.registry) : undefined;
        names.add(name, made.server, expression && ((host, request) => expression.match(request, host)));
      }
    const others = all.filter((each) => each !== usual);
    return {
      listen: unitedListen(
        all.map(({ listen }) => listen),
        usual.made.block.value(tls.ssl) === true,
      ),
      names,
      blocks: [usual, ...others].map(({ made }) => made),
    };
  });
}

/** What one server says of an address holds for all of it; `isTls`: what its default server says by `ssl on`. */
function unitedListen(all: readonly Listen[], isTls: boolean): Listen {
  const [first] = all as [Listen];
  const some = (of: (listen: Listen) => boolean) => all.some(of);
  return {
    ...first,
    ...all.find((each) => each.bind),
    ssl: isTls || some((each) => each.ssl),
    http2: some((each) => each.http2),
    proxyProtocol: some((each) => each.proxyProtocol),
  };
}
