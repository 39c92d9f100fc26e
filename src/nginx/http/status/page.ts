import type { Peer, Upstream } from "../../upstream/index.js";
import type { ApiData } from "../api/data.js";
import { stateOf } from "../api/views.js";
import { readingOf } from "../counts.js";
import { Html, html } from "./html.js";
import { responsesOf, type StatusZone } from "./status-zone.js";

const style = new Html(`
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5em; color: #1a1a1a; background: #fff; }
h1 { font-size: 1.4em; margin: 0 0 .3em; } h2 { font-size: 1.1em; margin: 1.5em 0 .3em; }
table { border-collapse: collapse; } th, td { padding: .2em .6em; border: 1px solid #ccc; text-align: right; white-space: nowrap; }
th { background: #f0f0f0; font-weight: 600; } th:first-child, td:first-child { text-align: left; }
td.state { text-align: center; } .up { background: #d8f0d8; } .draining { background: #d9e8f7; } .checking { background: #fdf3c7; }
.unavail, .unhealthy { background: #f8d4d0; } .down { background: #ddd; } .backup { color: #666; }
`);

/** Milliseconds as people read them: "5s", "3m 20s", "2h 5m", "4d 1h". */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0s";
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}

/** "512", "1.5 K", "20 M". */
export function size(bytes: number): string {
  const units = ["", " K", " M", " G", " T"];
  let [value, unit] = [bytes, 0];
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)}${units[unit]}`;
}

const milliseconds = (value: number): string => (value > 0 ? `${Math.round(value)} ms` : "–");
const cells = (values: readonly (string | number)[]): Html[] =>
  values.map((value) => html`<td>${value}</td>`);
const heads = (names: readonly string[]): Html[] => names.map((name) => html`<th>${name}</th>`);
const kinds = ["1xx", "2xx", "3xx", "4xx", "5xx"];

const serverHeads = (role: "http" | "stream"): string[] => [
  "Server",
  "State",
  "Weight",
  "Active",
  role === "http" ? "Requests" : "Connections",
  ...(role === "http" ? kinds : []),
  "Fails",
  "Unavailable",
  "Sent",
  "Received",
  role === "http" ? "Header" : "First byte",
  "Response",
  "Checks",
  "Failed",
  "Unhealthy",
  "Downtime",
];

function serverRow(peer: Peer, role: "http" | "stream", now: number): Html {
  const { counts, server, checks } = peer;
  const state = stateOf(peer);
  const name = peer.name === server.name ? peer.name : `${peer.name} (${server.name})`;
  const last = peer.lastCheckPassed;
  return html`<tr${new Html(server.backup ? ' class="backup"' : "")}><td>${name}${server.backup ? ", backup" : ""}</td><td class="state ${state}">${state}</td>${cells(
    [
      server.weight,
      server.maxConns > 0 ? `${peer.conns} of ${server.maxConns}` : peer.hasAddress ? peer.conns : 0,
      counts.requests,
      ...(role === "http" ? counts.responses : []),
      counts.fails,
      counts.unavailable,
      size(counts.bytesSent),
      size(counts.bytesReceived),
      milliseconds(counts.headerMs),
      milliseconds(counts.responseMs),
      last === undefined ? "–" : `${checks.all}, last ${last ? "passed" : "failed"}`,
      checks.failed,
      checks.timesUnhealthy,
      duration(counts.downtimeMs(now)),
    ],
  )}</tr>
`;
}

function upstreamTable(upstream: Upstream, role: "http" | "stream"): Html {
  const now = Date.now();
  return html`<h2>${role === "http" ? "Upstream" : "Stream upstream"} ${upstream.name}</h2>
<table><tr>${heads(serverHeads(role))}</tr>
${upstream.peers.map((peer) => serverRow(peer, role, now))}</table>
`;
}

function zoneTable(title: string, zones: readonly StatusZone[]): Html {
  if (zones.length === 0) return html``;
  const rows = zones.map((zone) => {
    const first = [zone.sum("processing"), zone.sum("requests"), ...responsesOf(zone)];
    const values = [...first, zone.sum("discarded"), size(zone.sum("received")), size(zone.sum("sent"))];
    return html`<tr><td>${zone.name}</td>${cells(values)}</tr>
`;
  });
  return html`<h2>${title}</h2>
<table><tr>${heads(["Zone", "Now", "Requests", ...kinds, "Discarded", "Received", "Sent"])}</tr>
${rows}</table>
`;
}

/** The status page: a table for each upstream that has a `zone`. It needs nothing but itself. @param refresh seconds; 0: it stays */
export function statusPage(data: ApiData, refresh: number, loadedAt: Date): string {
  const { total } = data.counts;
  const again = refresh > 0 ? html`<meta http-equiv="refresh" content="${refresh}">` : html``;
  const upstreams = (["http", "stream"] as const).flatMap((role) =>
    data.upstreams(role).map((upstream) => upstreamTable(upstream, role)),
  );
  return html`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">${again}<title>Status</title><style>${style}</style></head><body>
<h1>Status</h1>
<p>nginx/${data.version} (rondo), up for ${duration(Date.now() - loadedAt.getTime())}, ${new Date().toISOString().replace(/\..*/, "Z")}</p>
<table><tr>${heads(["Connections", "Accepted", "Dropped", "Active", "Idle", "Requests", "Reading", "Writing"])}</tr>
<tr>${cells([
    "since the start",
    total.accepted,
    total.accepted - total.handled,
    total.active - total.waiting,
    total.waiting,
    total.requests,
    readingOf(total),
    total.writing,
  ])}</tr></table>
${upstreams.length > 0 ? upstreams : html`<p>No upstream has a zone.</p>`}
${zoneTable("Servers", data.serverZones.all)}${zoneTable("Locations", data.locationZones.all)}</body></html>
`.text;
}
