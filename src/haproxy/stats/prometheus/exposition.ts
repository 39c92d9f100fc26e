import type { ProxyRun, RuntimeHost, ServerRun } from "../../run/index.js";
import { checkStatuses, checkStatusNumber, firstResult, firstWithCode } from "../check-statuses.js";
import { printNumber } from "../field.js";
import type { ProcessGauges } from "../gauges.js";
import { infoFields } from "../info-fields.js";
import { infoValues } from "../info-values.js";
import { isCounted, rowsOf } from "../select-rows.js";
import { checkRuns } from "../server-values.js";
import { type StatKind, type StatName, statColumns } from "../stat-fields.js";
import type { StatRow } from "../stat-row.js";
import { type MetricType, metricDescriptions, processMetrics, proxyMetrics } from "./metrics.js";
import type { ExporterOptions, Scope } from "./scope.js";

interface Sample {
  readonly labels: readonly (readonly [string, string])[];
  /** undefined: there is no such figure ("NaN"). Text is printed as it is. */
  readonly value: number | string | undefined;
}

/** All that the exporter tells, metric by metric, in the order of HAProxy's own (addons/promex). */
export function* exposition(
  host: RuntimeHost,
  gauges: ProcessGauges,
  options: ExporterOptions,
): Generator<string> {
  if (options.scopes.has("global")) yield* processExposition(host, gauges);
  const proxies = host.process.proxies
    .filter(isCounted)
    .map((proxy) => ({ proxy, rows: collect(host, proxy, options) }));
  const kinds: readonly (readonly [Scope, StatKind])[] = [
    ["frontend", "F"],
    ["listener", "L"],
    ["backend", "B"],
    ["server", "S"],
  ];
  for (const [scope, kind] of kinds)
    if (options.scopes.has(scope))
      yield* kindExposition(
        scope,
        kind,
        proxies.flatMap(({ rows }) => rows.filter(({ row }) => row.kind === kind)),
      );
  if (options.scopes.has("sticktable")) yield* tableExposition(host);
}

interface Collected {
  readonly proxy: ProxyRun;
  readonly row: StatRow;
  readonly server: ServerRun | undefined;
}

function collect(host: RuntimeHost, proxy: ProxyRun, { noMaintenance }: ExporterOptions): Collected[] {
  const selection = { legends: false, hideMaintenance: noMaintenance };
  return [...rowsOf(host.process, proxy, selection)].map((row) => ({
    proxy,
    row,
    server: row.kind === "S" ? proxy.back?.servers.find(({ id }) => id === row.id) : undefined,
  }));
}

function* processExposition(host: RuntimeHost, gauges: ProcessGauges): Generator<string> {
  const values = infoValues(host, gauges);
  const descriptions = new Map(infoFields.map((field) => [field.name, field.description]));
  for (const [field, name, type] of processMetrics) {
    if (values[field] === undefined) continue;
    const build = field === "Build info";
    const sample: Sample = build
      ? { labels: [["version", host.version]], value: 1 }
      : { labels: [], value: whole(values[field]) };
    yield metric(`haproxy_process_${name}`, descriptions.get(field) ?? "", type, [sample]);
  }
}

const whole = (value: number | string | undefined) => (typeof value === "number" ? Math.floor(value) : value);

function* kindExposition(scope: Scope, kind: StatKind, rows: readonly Collected[]): Generator<string> {
  const families = new Map<string, { type: MetricType; description: string; samples: Sample[] }>();
  for (const [column, name, type, kinds] of proxyMetrics) {
    if (!kinds.includes(kind)) continue;
    const description =
      metricDescriptions[column] ?? statColumns.find((each) => each.name === column)?.description ?? "";
    const family = families.get(name) ?? { type, description, samples: [] };
    families.set(name, family);
    for (const collected of rows) family.samples.push(...samplesOf(column, kind, collected));
  }
  for (const [name, { type, description, samples }] of families)
    if (samples.length > 0) yield metric(`haproxy_${scope}_${name}`, description, type, samples);
}

/** Columns of HTTP alone, which other proxies don't show. */
const httpOnly: Readonly<Record<StatKind, RegExp>> = {
  F: /^(req_rate_max|req_tot|intercepted|cache_|comp_|hrsp_)/,
  B: /^(req_tot|cache_|comp_|hrsp_)/,
  S: /^(req_tot|hrsp_)/,
  L: /^$/,
};
const inSeconds = /^[qcrt]time(_max)?$/;

function samplesOf(column: StatName, kind: StatKind, { proxy, row, server }: Collected): Sample[] {
  const labels: [string, string][] = [["proxy", proxy.name]];
  if (kind === "L") labels.push(["listener", String(row.byName.svname)]);
  if (kind === "S") labels.push(["server", row.byName.svname as string]);
  const states = (names: readonly string[], value: (name: string) => number): Sample[] =>
    names.map((name) => ({ labels: [...labels, ["state", name]], value: value(name) }));
  if (httpOnly[kind].test(column) && proxy.section.mode !== "http") return [];
  if (column === "status")
    return states(stateNames[kind], (name) => (name === stateOf(kind, proxy, row, server) ? 1 : 0));
  if (column === "agg_server_status" || column === "agg_server_check_status") {
    const servers = proxy.back?.servers ?? [];
    return servers.length === 0
      ? []
      : states(stateNames.S, (name) => servers.filter((each) => serverState(each) === name).length);
  }
  if (column === "agg_check_status") {
    const checks = (proxy.back?.servers ?? []).map(({ check }) => check);
    if (checks.length === 0) return [];
    return states(
      checkStates,
      (name) =>
        checks.filter((check) => checkRuns(check) && check.status.replace(/^\* /, "") === name).length,
    );
  }
  if (column.startsWith("hrsp_"))
    return [{ labels: [...labels, ["code", column.slice(5)]], value: row.byName[column] }];
  if (kind === "S" && column.startsWith("check_")) return checkSamples(column, labels, server, row, states);
  const value = row.byName[column];
  if (inSeconds.test(column)) return [{ labels, value: (Number(value ?? 0) / 1000).toFixed(6) }];
  return [{ labels, value }];
}

function checkSamples(
  column: StatName,
  labels: readonly [string, string][],
  server: ServerRun | undefined,
  row: StatRow,
  states: (names: readonly string[], value: (name: string) => number) => Sample[],
): Sample[] {
  const check = server?.check;
  const value = row.byName[column];
  if (column === "check_status")
    return checkRuns(check)
      ? states(checkStates, (name) => (name === check.status.replace(/^\* /, "") ? 1 : 0))
      : [];
  if (column === "check_code") {
    if (!checkRuns(check)) return [];
    return [{ labels, value: checkStatusNumber(check.status) < firstWithCode ? 0 : Math.max(check.code, 0) }];
  }
  if (column === "check_duration") {
    if (check === undefined || checkStatusNumber(check.status) < firstResult) return [];
    return [{ labels, value: (check.durationMs / 1000).toFixed(6) }];
  }
  return [{ labels, value }];
}

const stateNames: Readonly<Record<StatKind, readonly string[]>> = {
  F: ["DOWN", "UP"],
  L: ["WAITING", "OPEN", "FULL"],
  B: ["DOWN", "UP"],
  S: ["DOWN", "UP", "MAINT", "DRAIN", "NOLB"],
};

const checkStates = checkStatuses
  .map(([name]) => name)
  .filter((name) => name !== "" && name !== "UNK" && name !== "INI");

function stateOf(kind: StatKind, proxy: ProxyRun, row: StatRow, server: ServerRun | undefined): string {
  if (kind === "F") return proxy.state === "stopped" ? "DOWN" : "UP";
  if (kind === "B") return String(row.byName.status).startsWith("UP") ? "UP" : "DOWN";
  return server === undefined ? String(row.byName.status) : serverState(server);
}

function serverState({ operational, administrative }: ServerRun): string {
  if ((administrative & (1 | 2 | 4 | 32 | 64)) !== 0) return "MAINT";
  if (operational === 3) return "NOLB";
  if (operational === 0) return "DOWN";
  return (administrative & (8 | 16)) !== 0 ? "DRAIN" : "UP";
}

function* tableExposition({ process }: RuntimeHost): Generator<string> {
  const tables = [...process.tables.values()];
  const figures = [
    ["size", "Stick table size.", (table: (typeof tables)[number]) => table.settings.size],
    ["used", "Number of entries used in this stick table.", (table: (typeof tables)[number]) => table.used],
  ] as const;
  if (tables.length === 0) return;
  for (const [name, description, value] of figures)
    yield metric(
      `haproxy_sticktable_${name}`,
      description,
      "gauge",
      tables.map((table) => ({
        labels: [
          ["name", table.name],
          ["type", table.settings.type],
        ],
        value: value(table),
      })),
    );
}

/** A metric with its two lines of explanation. */
function metric(name: string, description: string, type: MetricType, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels, value }) => {
    const printed = typeof value === "number" ? printNumber(value) : (value ?? "NaN");
    const braces =
      labels.length === 0
        ? ""
        : `{${labels.map(([key, text]) => `${key}="${escapeLabel(text)}"`).join(",")}}`;
    return `${name}${braces} ${printed}\n`;
  });
  return `# HELP ${name} ${description}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

const escapeLabel = (text: string) => text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
