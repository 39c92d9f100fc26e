import { hostname } from "node:os";
import type { StatsPage } from "../../../config/haproxy/model/index.js";
import type { ProxyRun, RuntimeHost } from "../../run/index.js";
import type { ProcessGauges } from "../gauges.js";
import { type InfoValues, infoValues } from "../info-values.js";
import { isCounted, rowsOf } from "../select-rows.js";
import { escapeHtml, groupDigits } from "./markup.js";
import { resultMessages } from "./messages.js";
import { type PageOptions, pageLink } from "./page-options.js";
import { proxySection } from "./proxy-section.js";
import { policy, script, style } from "./style.js";

export interface PageView {
  readonly page: StatsPage;
  readonly options: PageOptions;
  readonly admin: boolean;
  readonly token: string;
  /** Which proxies are shown. */
  readonly shows: (proxy: ProxyRun) => boolean;
}

/** The stats page, proxy by proxy. */
export function* htmlPage(host: RuntimeHost, gauges: ProcessGauges, view: PageView): Generator<string> {
  const info = infoValues(host, gauges);
  yield head(host, view);
  yield top(host, gauges, info, view);
  yield "<main>\n";
  const { page, options } = view;
  const selection = {
    legends: page.showLegends,
    hideDown: options.hideDown,
    hideMaintenance: options.hideMaintenance,
  };
  for (const proxy of host.process.proxies)
    if (isCounted(proxy) && view.shows(proxy))
      yield proxySection(proxy, [...rowsOf(host.process, proxy, selection)], {
        admin: view.admin,
        legends: page.showLegends,
        modules: page.showModules,
        token: view.token,
        action: pageLink(page, options),
      });
  yield `</main>\n<script>${script}</script></body></html>\n`;
}

function nodeName(host: RuntimeHost, { showNode }: StatsPage): string | undefined {
  if (showNode === undefined) return undefined;
  return escapeHtml(showNode || host.process.config.global.node || hostname());
}

function head(host: RuntimeHost, { page, options }: PageView): string {
  const node = nodeName(host, page);
  const onNode = node === undefined ? "" : ` on ${node}`;
  const description = page.showDescription ?? undefined;
  const said = description === undefined ? "" : description || (host.process.config.global.description ?? "");
  const message = options.result === undefined ? undefined : resultMessages[options.result];
  const banner =
    message === undefined
      ? ""
      : `<div class="message ${message.kind}" role="status"><a href="${escapeHtml(pageLink(page, options))}" title="Remove this message">[X]</a> ${message.html}</div>\n`;
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Statistics Report for HAProxy${onNode}</title>
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><link rel="icon" href="data:,">
<style>${style}</style></head>
<body><header><h1>HAProxy${page.hideVersion ? "" : ` version ${escapeHtml(host.version)}, released ${host.releaseDate}`}</h1>
<p>Statistics Report for pid ${host.process.pid}${onNode}${said === "" ? "" : `: ${escapeHtml(said)}`}</p></header>
${banner}`;
}

function top(host: RuntimeHost, gauges: ProcessGauges, info: InfoValues, view: PageView): string {
  return `<div class="top">
<section aria-labelledby="general"><h2 id="general">General process information</h2>${processFacts(host, gauges, info)}</section>
<section aria-labelledby="legend"><h2 id="legend">Colours</h2>${legend}<p>Note: "NOLB"/"DRAIN" = UP with load-balancing disabled.</p></section>
<section aria-labelledby="display"><h2 id="display">Display option</h2>${displayOptions(view)}</section>
</div>
`;
}

function processFacts(host: RuntimeHost, gauges: ProcessGauges, info: InfoValues): string {
  // As a wire carries it: frames of 1538 bytes hold segments of 1448.
  const bits = (gauges.rates.bytesOut * 8 * 1538) / 1448;
  const [divisor, letter] = bits >= 1e9 ? [1e9, "G"] : bits >= 1e6 ? [1e6, "M"] : [1e3, "k"];
  const facts: readonly (readonly [string, string])[] = [
    ["pid", `${host.process.pid} (process #1, nbproc = 1, nbthread = ${host.threads})`],
    ["uptime", String(info.Uptime).replace(" ", "&nbsp;")],
    ["system limits", `memmax = unlimited; ulimit-n = ${host.fileLimit}`],
    ["maxsock", `${host.maxSockets}; maxconn = ${host.limits.maxconn}; maxpipes = 0`],
    [
      "current conns",
      `${groupDigits(info.CurrConns)}; current pipes = 0/0; conn rate = ${info.ConnRate}/sec; bit rate = ${(bits / divisor).toFixed(3)} ${letter}bps`,
    ],
    ["Running tasks", `${info.Run_queue}/${info.Tasks}; idle = ${info.Idle_pct} %`],
  ];
  return `<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join("")}</dl>`;
}

const legend = `<div class="legend">${[
  ["active up", "active UP"],
  ["backup up", "backup UP"],
  ["active going-down", "active UP, going down"],
  ["backup going-down", "backup UP, going down"],
  ["active going-up", "active DOWN, going up"],
  ["backup going-up", "backup DOWN, going up"],
  ["down", "active or backup DOWN"],
  ["no-check", "not checked"],
  ["maintenance", "active or backup DOWN for maintenance (MAINT)"],
  ["draining", "active or backup SOFT STOPPED for maintenance"],
]
  .map(([kind, text]) => `<span class="${kind}">${text}</span>`)
  .join("")}</div>`;

function displayOptions({ page, options }: PageView): string {
  const link = (text: string, change: Partial<PageOptions>) =>
    `<a href="${escapeHtml(pageLink(page, options, change))}">${text}</a>`;
  const exported = (format: PageOptions["format"]) => ({
    format,
    hideDown: false,
    noRefresh: page.refreshMs > 0,
  });
  const items = [
    scopeForm(page, options),
    options.hideDown
      ? link("Show all servers", { hideDown: false })
      : link("Hide 'DOWN' servers", { hideDown: true }),
    ...(page.refreshMs > 0
      ? [
          options.noRefresh
            ? link("Enable refresh", { noRefresh: false })
            : link("Disable refresh", { noRefresh: true }),
        ]
      : []),
    link("Refresh now", {}),
    link("CSV export", exported("csv")),
    `${link("JSON export", exported("json"))} (${link("schema", { format: "json-schema", hideDown: false, noRefresh: false, scope: "" })})`,
  ];
  return `<ul class="plain">${items.map((item) => `<li>${item}</li>`).join("")}</ul>`;
}

/** A form's query takes the place of the address's own: what that has goes along in hidden fields. */
function scopeForm(page: StatsPage, options: PageOptions): string {
  const [path = "", query] = page.uri.split("?");
  const hidden = (query ?? "")
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const [name = "", value = ""] = part.split("=");
      return `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`;
    })
    .join("");
  return `<form method="get" action="${escapeHtml(path)}" role="search">${hidden}<label>Scope: <input type="text" name="scope" value="${options.scope}" size="10" maxlength="20"></label></form>`;
}
