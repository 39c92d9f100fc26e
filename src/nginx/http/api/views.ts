import type { UpstreamServer } from "../../../config/nginx/model/index.js";
import type { SessionZone } from "../../stream/status-zone.js";
import type { Peer, TableServer, Upstream } from "../../upstream/index.js";
import type { CountRows, Limited } from "../../zones/count-rows.js";
import { responsesOf, type StatusZone } from "../status/status-zone.js";

export type State = "up" | "draining" | "down" | "unavail" | "checking" | "unhealthy";

/** A peer's state in NGINX Plus' words. */
export function stateOf(peer: Peer): State {
  if (peer.down) return "down";
  if (peer.unhealthyBy !== 0) return "unhealthy";
  if (peer.uncheckedBy !== 0) return "checking";
  if (peer.isOff) return "unavail";
  return peer.draining ? "draining" : "up";
}

const date = (ms: number): string => new Date(ms).toISOString();

export function classes(counts: readonly number[]): Record<string, number> {
  const named = counts.map((count, kind) => [`${kind + 1}xx`, count] as const);
  return { ...Object.fromEntries(named), total: counts.reduce((sum, count) => sum + count, 0) };
}

/** A peer as the API shows it: of http with answers, of stream with connections. */
function peerView(peer: Peer, role: "http" | "stream", now: number): object {
  const { counts, server, checks } = peer;
  const averages = role === "http" ? ["header_time", "response_time"] : ["first_byte_time", "response_time"];
  const away = counts.downSince;
  return {
    id: peer.id,
    server: peer.name,
    name: server.name,
    backup: server.backup,
    weight: server.weight,
    state: stateOf(peer),
    active: peer.hasAddress ? peer.conns : 0,
    ...(server.maxConns > 0 && { max_conns: server.maxConns }),
    ...(role === "http"
      ? { requests: counts.requests, responses: classes(counts.responses) }
      : { connections: counts.requests }),
    ...(counts.headerMs > 0 && { [averages[0] as string]: Math.round(counts.headerMs) }),
    ...(counts.responseMs > 0 && { [averages[1] as string]: Math.round(counts.responseMs) }),
    sent: counts.bytesSent,
    received: counts.bytesReceived,
    fails: counts.fails,
    unavail: counts.unavailable,
    health_checks: {
      checks: checks.all,
      fails: checks.failed,
      unhealthy: checks.timesUnhealthy,
      ...(peer.lastCheckPassed !== undefined && { last_passed: peer.lastCheckPassed }),
    },
    downtime: Math.round(counts.downtimeMs(now)),
    ...(away > 0 && { downstart: date(away) }),
    ...(counts.selectedAt > 0 && { selected: date(counts.selectedAt) }),
  };
}

export function upstreamView(upstream: Upstream, role: "http" | "stream"): object {
  const now = Date.now();
  return {
    peers: upstream.peers.map((peer) => peerView(peer, role, now)),
    ...(role === "http" && { keepalive: upstream.pool?.idle ?? 0 }),
    zombies: 0,
    zone: upstream.model.zone?.name,
  };
}

/** What is said of a server, as it is read and changed. */
export function serverView({ id, server }: TableServer, role: "http" | "stream"): object {
  return {
    id,
    server: server.name,
    weight: server.weight,
    max_conns: server.maxConns,
    max_fails: server.maxFails,
    fail_timeout: `${server.failTimeout}s`,
    slow_start: slowStart(server),
    ...(role === "http" && { route: server.route ?? "" }),
    backup: server.backup,
    down: server.down,
    ...(server.drain && { drain: true }),
    ...(server.service !== undefined && { service: server.service }),
  };
}

const slowStart = ({ slowStartMs }: UpstreamServer): string =>
  slowStartMs % 1000 === 0 ? `${slowStartMs / 1000}s` : `${slowStartMs}ms`;

export const zoneView = (zone: StatusZone, isServer: boolean): object => ({
  ...(isServer && { processing: zone.sum("processing") }),
  requests: zone.sum("requests"),
  responses: classes(responsesOf(zone)),
  discarded: zone.sum("discarded"),
  received: zone.sum("received"),
  sent: zone.sum("sent"),
});

export function sessionZoneView(zone: SessionZone): object {
  const [good, bad, failed] = [zone.sum("2xx"), zone.sum("4xx"), zone.sum("5xx")];
  return {
    processing: zone.sum("processing"),
    connections: zone.sum("connections"),
    sessions: { "2xx": good, "4xx": bad, "5xx": failed, total: good + bad + failed },
    discarded: zone.sum("discarded"),
    received: zone.sum("received"),
    sent: zone.sum("sent"),
  };
}

/** Of limit_conn nothing is delayed. */
export function limitView(zone: CountRows<Limited>, delays: boolean): object {
  const columns: readonly Limited[] = [
    "passed",
    "delayed",
    "rejected",
    "delayed_dry_run",
    "rejected_dry_run",
  ];
  const shown = columns.filter((column) => delays || !column.startsWith("delayed"));
  return Object.fromEntries(shown.map((column) => [column, zone.sum(column)]));
}
