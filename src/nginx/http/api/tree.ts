import type { Upstream } from "../../upstream/index.js";
import { addServer, changeServer, type Reply, type Role, removeServer } from "./change.js";
import { type ApiData, loadedAt } from "./data.js";
import { ApiFailure, methodDisabled, pathNotFound, upstreamNotFound } from "./failure.js";
import { limitView, serverView, sessionZoneView, upstreamView, zoneView } from "./views.js";

/** The versions of NGINX Plus' API in whose form it is. */
export const versions = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

export interface Call {
  readonly method: string;
  /** Parts of the path behind the location's. */
  readonly path: readonly string[];
  readonly body: string;
  readonly writable: boolean;
  /** The address that the call came to. */
  readonly address: string;
}

const got = (value: unknown): Reply => ({ status: 200, value });

/** Answers a call. @throws ApiFailure */
export function answerCall(data: ApiData, call: Call): Reply {
  const [version, root, ...rest] = call.path;
  if (version === undefined) return onlyGet(call, versions);
  if (!(versions as readonly number[]).includes(Number(version)))
    throw new ApiFailure(404, "unknown version", "UnknownVersion");
  switch (root) {
    case undefined:
      return onlyGet(call, ["nginx", "processes", "connections", "http", "stream"]);
    case "nginx":
      return rest.length > 0 ? missing() : onlyGet(call, nginxView(data, call));
    case "processes":
      return rest.length > 0 ? missing() : onlyGet(call, { respawned: data.respawned.sum("respawned") });
    case "connections":
      return rest.length > 0 ? missing() : onlyGet(call, connectionsView(data));
    case "http":
      return http(data, call, rest);
    case "stream":
      return stream(data, call, rest);
    default:
      return missing();
  }
}

function missing(): never {
  throw pathNotFound();
}

function onlyGet({ method }: Call, value: unknown): Reply {
  if (method !== "GET" && method !== "HEAD") throw methodDisabled();
  return got(value);
}

function nginxView({ version }: ApiData, { address }: Call): object {
  return {
    version,
    build: "rondo",
    address,
    load_timestamp: loadedAt.toISOString(),
    timestamp: new Date().toISOString(),
    pid: process.pid,
    ppid: process.ppid,
  };
}

function connectionsView({ counts }: ApiData): object {
  const { accepted, handled, active, waiting } = counts.total;
  return { accepted, dropped: accepted - handled, active: active - waiting, idle: waiting };
}

function http(data: ApiData, call: Call, [kind, ...rest]: readonly string[]): Reply {
  switch (kind) {
    case undefined:
      return onlyGet(call, [
        "requests",
        "server_zones",
        "location_zones",
        "limit_reqs",
        "limit_conns",
        "upstreams",
      ]);
    case "requests": {
      const { requests, writing } = data.counts.total;
      return rest.length > 0 ? missing() : onlyGet(call, { total: requests, current: writing });
    }
    case "server_zones":
    case "location_zones": {
      const isServer = kind === "server_zones";
      const zones = isServer ? data.serverZones : data.locationZones;
      return named(call, zones.all, (zone) => zoneView(zone, isServer), rest);
    }
    case "limit_reqs":
      return named(call, data.limitRequests.all, (zone) => limitView(zone, true), rest);
    case "limit_conns":
      return named(call, data.limitConnections.all, (zone) => limitView(zone, false), rest);
    case "upstreams":
      return upstreams(data, call, "http", rest);
    default:
      return missing();
  }
}

function stream(data: ApiData, call: Call, [kind, ...rest]: readonly string[]): Reply {
  const status = data.stream();
  switch (kind) {
    case undefined:
      return onlyGet(call, ["server_zones", "limit_conns", "upstreams"]);
    case "server_zones":
      return named(call, status?.serverZones.all ?? [], sessionZoneView, rest);
    case "limit_conns":
      return named(call, status?.limitConnections.all ?? [], (zone) => limitView(zone, false), rest);
    case "upstreams":
      return upstreams(data, call, "stream", rest);
    default:
      return missing();
  }
}

/** All by their names, or the one that the path names. */
function named<Zone extends { readonly name: string }>(
  call: Call,
  zones: readonly Zone[],
  view: (zone: Zone) => object,
  [name, ...more]: readonly string[],
): Reply {
  if (name === undefined)
    return onlyGet(call, Object.fromEntries(zones.map((zone) => [zone.name, view(zone)])));
  const found = zones.find((zone) => zone.name === name);
  if (found === undefined || more.length > 0) return missing();
  return onlyGet(call, view(found));
}

function upstreams(data: ApiData, call: Call, role: Role, rest: readonly string[]): Reply {
  const [name, servers, id, ...more] = rest;
  const all = data.upstreams(role);
  if (name === undefined)
    return onlyGet(call, Object.fromEntries(all.map((each) => [each.name, upstreamView(each, role)])));
  const upstream = all.find((each) => each.name === name);
  if (upstream === undefined) throw upstreamNotFound();
  if (servers === undefined) return oneUpstream(call, upstream, role);
  if (servers !== "servers" || more.length > 0) return missing();
  return id === undefined ? allServers(call, upstream, role) : oneServer(call, upstream, role, id);
}

function oneUpstream(call: Call, upstream: Upstream, role: Role): Reply {
  if (call.method !== "DELETE") return onlyGet(call, upstreamView(upstream, role));
  writes(call);
  upstream.resetCounts();
  return { status: 204, value: undefined };
}

function allServers(call: Call, upstream: Upstream, role: Role): Reply {
  if (call.method !== "POST")
    return onlyGet(
      call,
      upstream.servers.map((server) => serverView(server, role)),
    );
  writes(call);
  return addServer(upstream, role, call.body);
}

function oneServer(call: Call, upstream: Upstream, role: Role, text: string): Reply {
  if (!/^\d{1,9}$/.test(text)) throw new ApiFailure(400, "invalid server ID", "UpstreamBadServerId");
  const id = Number(text);
  if (call.method === "PATCH" || call.method === "DELETE") {
    writes(call);
    return call.method === "PATCH"
      ? changeServer(upstream, role, id, call.body)
      : removeServer(upstream, role, id);
  }
  const found = upstream.servers.find((server) => server.id === id);
  if (found === undefined)
    throw new ApiFailure(404, "server with this ID does not exist", "UpstreamServerNotFound");
  return onlyGet(call, serverView(found, role));
}

function writes({ writable }: Call): void {
  if (!writable) throw methodDisabled();
}
