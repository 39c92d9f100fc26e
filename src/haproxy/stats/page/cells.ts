import { humanTime } from "../human-time.js";
import type { StatName } from "../stat-fields.js";
import type { StatRow } from "../stat-row.js";
import type { Cells } from "./columns.js";
import { escapeHtml, groupDigits, percent, type TipRow, withTip } from "./markup.js";

/** The figures of a line, for one page. */
class Figures {
  readonly #row: StatRow;

  constructor(row: StatRow) {
    this.#row = row;
  }

  number(name: StatName): number {
    return Number(this.#row.byName[name] ?? 0);
  }

  has(name: StatName): boolean {
    return this.#row.byName[name] !== undefined;
  }

  text(name: StatName): string {
    return escapeHtml(String(this.#row.byName[name] ?? ""));
  }

  shown(name: StatName): string {
    return groupDigits(this.#row.byName[name] ?? 0);
  }

  /** A limit of 0 is none. */
  limit(name: StatName): string {
    return this.number(name) === 0 ? "-" : this.shown(name);
  }

  get http(): boolean {
    return this.#row.byName.mode === "http";
  }
}

/** What a line shows in each column: HAProxy's figures, with what it tells in its tooltips. */
export function cellsOf(row: StatRow): Cells {
  const figures = new Figures(row);
  const common: Cells = {
    scur: figures.shown("scur"),
    smax: figures.shown("smax"),
    slim: figures.shown("slim"),
    stot: figures.shown("stot"),
    bin: figures.shown("bin"),
    bout: figures.shown("bout"),
  };
  switch (row.kind) {
    case "F":
      return { ...common, ...frontCells(figures) };
    case "L":
      return { ...common, ...denied(figures), ereq: figures.shown("ereq"), status: figures.text("status") };
    case "S":
      return { ...common, ...backCells(figures), ...serverCells(figures) };
    case "B":
      return { ...common, ...backCells(figures), ...wholeBackCells(figures) };
  }
}

const denied = (figures: Figures): Cells => ({ dreq: figures.shown("dreq"), dresp: figures.shown("dresp") });

function frontCells(figures: Figures): Cells {
  const rate = (name: StatName) => `${figures.shown(name)}/s`;
  const rates: TipRow[] = [
    ["Current connection rate:", rate("conn_rate")],
    ["Current session rate:", rate("rate")],
  ];
  const maxima: TipRow[] = [
    ["Max connection rate:", rate("conn_rate_max")],
    ["Max session rate:", rate("rate_max")],
  ];
  const total: TipRow[] = [
    ["Cum. connections:", figures.shown("conn_tot")],
    ["Cum. sessions:", figures.shown("stot")],
  ];
  if (figures.http) {
    rates.push(["Current request rate:", rate("req_rate")]);
    maxima.push(["Max request rate:", rate("req_rate_max")]);
    total.push(
      ...requestRows(figures, true),
      ["Intercepted requests:", figures.shown("intercepted")],
      ...cacheRows(figures),
    );
  }
  return {
    ...denied(figures),
    rate: withTip(figures.shown("rate"), rates),
    rateMax: withTip(figures.shown("rate_max"), maxima),
    rateLimit: figures.limit("rate_lim"),
    stot: withTip(figures.shown("stot"), total),
    bout: bytesOut(figures),
    ereq: figures.shown("ereq"),
    status: figures.text("status"),
  };
}

/** Requests, and answers by the first figure of their status. */
function requestRows(figures: Figures, compression: boolean): TipRow[] {
  const share = (name: StatName) =>
    compression ? undefined : `(${percent(figures.number(name), figures.number("req_tot"))}%)`;
  const row = (name: StatName, text: string): TipRow => {
    const remark = share(name);
    return remark === undefined ? [text, figures.shown(name)] : [text, figures.shown(name), remark];
  };
  const rows: TipRow[] = [
    ["Cum. HTTP requests:", figures.shown("req_tot")],
    row("hrsp_1xx", "- HTTP 1xx responses:"),
    row("hrsp_2xx", "- HTTP 2xx responses:"),
  ];
  if (compression)
    rows.push([
      "&nbsp;&nbsp;Compressed 2xx:",
      figures.shown("comp_rsp"),
      `(${percent(figures.number("comp_rsp"), figures.number("hrsp_2xx"))}%)`,
    ]);
  return [
    ...rows,
    row("hrsp_3xx", "- HTTP 3xx responses:"),
    row("hrsp_4xx", "- HTTP 4xx responses:"),
    row("hrsp_5xx", "- HTTP 5xx responses:"),
    row("hrsp_other", "- other responses:"),
  ];
}

const cacheRows = (figures: Figures): TipRow[] => [
  ["Cache lookups:", figures.shown("cache_lookups")],
  [
    "Cache hits:",
    figures.shown("cache_hits"),
    `(${percent(figures.number("cache_hits"), figures.number("cache_lookups"))}%)`,
  ],
  ...failureRows(figures),
];

const failureRows = (figures: Figures): TipRow[] => [
  ["Failed hdr rewrites:", figures.shown("wrew")],
  ["Internal errors:", figures.shown("eint")],
];

function bytesOut(figures: Figures): string {
  const saved = figures.number("comp_in") - figures.number("comp_out");
  if (figures.number("comp_in") === 0 && figures.number("comp_byp") === 0) return figures.shown("bout");
  return withTip(figures.shown("bout"), [
    ["Response bytes in:", figures.shown("bout")],
    ["Compression in:", figures.shown("comp_in")],
    [
      "Compression out:",
      figures.shown("comp_out"),
      `(${percent(figures.number("comp_out"), figures.number("comp_in"))}%)`,
    ],
    ["Compression bypass:", figures.shown("comp_byp")],
    ["Total bytes saved:", groupDigits(saved), `(${percent(saved, figures.number("bout"))}%)`],
  ]);
}

/** What servers and back ends have alike. */
function backCells(figures: Figures): Cells {
  const total: TipRow[] = [["Cum. sessions:", figures.shown("stot")]];
  const server = figures.has("srv_icur");
  if (figures.http) {
    const reuse = figures.number("reuse");
    total.push(
      ["New connections:", figures.shown("connect")],
      [
        "Reused connections:",
        figures.shown("reuse"),
        `(${percent(reuse, reuse + figures.number("connect"))}%)`,
      ],
      ...requestRows(figures, !server),
      ...(server ? failureRows(figures) : cacheRows(figures)),
    );
  }
  const time = (name: string, maximum: StatName, average: StatName): TipRow => [
    name,
    `${figures.shown(maximum)} / ${figures.shown(average)}`,
    "ms",
  ];
  total.push(["Max / Avg over last 1024 success. conn."]);
  total.push(time("- Queue time:", "qtime_max", "qtime"), time("- Connect time:", "ctime_max", "ctime"));
  if (figures.http) total.push(time("- Responses time:", "rtime_max", "rtime"));
  total.push(time("- Total time:", "ttime_max", "ttime"));
  const resets = `Connection resets during transfers: ${figures.shown("cli_abrt")} client, ${figures.shown("srv_abrt")} server`;
  return {
    qcur: figures.shown("qcur"),
    qmax: figures.shown("qmax"),
    rate: figures.shown("rate"),
    rateMax: figures.shown("rate_max"),
    stot: withTip(figures.shown("stot"), total),
    lbtot: figures.shown("lbtot"),
    last: humanTime(figures.number("lastsess")),
    dresp: figures.shown("dresp"),
    econ: figures.shown("econ"),
    eresp: withTip(figures.shown("eresp"), resets),
    wretr: figures.shown("wretr"),
    wredis: figures.shown("wredis"),
    weight: `${figures.number("weight")}/${figures.number("uweight")}`,
  };
}

function wholeBackCells(figures: Figures): Cells {
  return {
    dreq: figures.shown("dreq"),
    bout: bytesOut(figures),
    status: `${humanTime(figures.number("lastchg"))} ${figures.text("status") === "DOWN" ? "<strong>DOWN</strong>" : figures.text("status")}`,
    active: String(figures.number("act")),
    backup: String(figures.number("bck")),
    downs: figures.shown("chkdown"),
    downtime: figures.has("downtime") ? humanTime(figures.number("downtime")) : "",
  };
}

function serverCells(figures: Figures): Cells {
  const limit = figures.limit("slim");
  const connections: TipRow[] = [
    ["Current active connections:", figures.shown("scur")],
    ["Current used connections:", figures.shown("used_conn_cur")],
    ["Current idle connections:", figures.shown("srv_icur")],
    ["- unsafe:", figures.shown("idle_conn_cur")],
    ["- safe:", figures.shown("safe_conn_cur")],
    ["Estimated need of connections:", figures.shown("need_conn_est")],
    ["Active connections limit:", limit],
    ["Idle connections limit:", figures.has("src_ilim") ? figures.shown("src_ilim") : "-"],
  ];
  const backup = figures.number("bck") === 1;
  return {
    qlimit: figures.limit("qlimit"),
    scur: withTip(figures.shown("scur"), connections),
    slim: limit,
    status: serverStatus(figures),
    check: lastCheck(figures),
    active: backup ? "-" : "Y",
    backup: backup ? "Y" : "-",
    throttle: figures.has("throttle") ? `${figures.number("throttle")} %` : "-",
    ...failedChecks(figures),
  };
}

function serverStatus(figures: Figures): string {
  const status = figures.text("status");
  const since = humanTime(figures.number("lastchg"));
  if (status.startsWith("MAINT")) return `${since} ${status}`;
  if (status === "no check") return "<i>no check</i>";
  const full = figures.number("check_rise") + figures.number("check_fall") - 1;
  const health = figures.number("check_health");
  if (status.startsWith("DOWN")) return `${since} ${status}${health > 0 ? " &uarr;" : ""}`;
  return `${since} ${status}${figures.has("check_health") && health < full ? " &darr;" : ""}`;
}

function lastCheck(figures: Figures): string {
  const byAgent =
    figures.text("status").startsWith("DOWN") &&
    figures.has("agent_status") &&
    figures.number("agent_health") === 0;
  const of = byAgent ? "agent" : "check";
  if (!figures.has(`${of}_status`)) return "";
  const code = figures.has(`${of}_code`) ? `/${figures.number(`${of}_code`)}` : "";
  const duration = figures.has(`${of}_duration`) ? ` in ${figures.number(`${of}_duration`)}ms` : "";
  const detail = figures.text(byAgent ? "last_agt" : "last_chk");
  return withTip(
    `${figures.text(`${of}_status`)}${code}${duration}`,
    `${figures.text(`${of}_desc`)}${detail === "" ? "" : `: ${detail}`}`,
  );
}

function failedChecks(figures: Figures): Cells {
  if (figures.text("status") === "MAINT (resolution)") return { failed: "resolution" };
  if (figures.has("chkfail")) {
    const analyses = figures.has("hanafail") ? `/${figures.number("hanafail")}` : "";
    return {
      failed: withTip(
        `${figures.number("chkfail")}${analyses}`,
        `Failed Health Checks${analyses === "" ? "" : "/Health Analyses"}`,
      ),
      downs: figures.shown("chkdown"),
      downtime: humanTime(figures.number("downtime")),
    };
  }
  if (figures.text("status") === "MAINT" || !figures.has("tracked")) return {};
  const tracked = figures.text("tracked");
  return { failed: `<a href="#${tracked}">via ${tracked}</a>` };
}
