import type { UpstreamModel, UpstreamServer } from "../../config/nginx/model/index.js";

/** What nginx takes for granted of a server that says no more than its address. */
const defaults = {
  weight: 1,
  maxConns: 0,
  maxFails: 1,
  failTimeout: 10,
  slowStartMs: 0,
  backup: false,
  down: false,
  drain: false,
  resolve: false,
  service: undefined,
  route: undefined,
} as const;

/** An address in proxy_pass ("app.example:8080", "10.0.0.1", "[fd00::1]:80", "unix:/run/app.sock") as an upstream of one server. */
export function bareUpstream(authority: string, place: UpstreamModel["place"]): UpstreamModel {
  const server: UpstreamServer = { name: authority, ...parts(authority), ...defaults, place };
  return {
    name: authority,
    servers: [server],
    balance: { kind: "round_robin" },
    keepalive: undefined,
    zone: undefined,
    place,
  };
}

/** Addresses to which a name with variables was resolved: an upstream for one request. */
export function resolvedUpstream(
  name: string,
  addresses: readonly string[],
  port: number,
  place: UpstreamModel["place"],
): UpstreamModel {
  const servers = addresses.map((host) => ({
    name: host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`,
    host,
    port,
    path: undefined,
    ...defaults,
    place,
  }));
  return { name, servers, balance: { kind: "round_robin" }, keepalive: undefined, zone: undefined, place };
}

function parts(authority: string): Pick<UpstreamServer, "host" | "port" | "path"> {
  if (/^unix:/i.test(authority)) return { host: "", port: undefined, path: authority.slice(5) };
  const found = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(authority);
  const [, host = authority, port] = found ?? [];
  return { host, port: port === undefined ? undefined : Number(port), path: undefined };
}
