import type { ProxyRun } from "../../run/index.js";
import { statModules } from "../module-values.js";
import { statColumns } from "../stat-fields.js";
import type { StatRow } from "../stat-row.js";
import { cellsOf } from "./cells.js";
import { columnGroups } from "./columns.js";
import { escapeHtml, groupDigits, type TipRow, withTip } from "./markup.js";
import { rowClass } from "./row-class.js";

export interface SectionOptions {
  readonly admin: boolean;
  readonly legends: boolean;
  readonly modules: boolean;
  /** Goes with a form, so that no other site can send it in someone's name. */
  readonly token: string;
  readonly action: string; // where the form is sent to
}

const columns = columnGroups.flatMap(([group, columns]) =>
  columns.map(([key, label]) => ({ key, label, group })),
);

/** What can be done to the servers whose boxes are checked. */
export const adminActions: readonly (readonly [string, string])[] = [
  ["ready", "Set state to READY"],
  ["drain", "Set state to DRAIN"],
  ["maint", "Set state to MAINT"],
  ["dhlth", "Health: disable checks"],
  ["ehlth", "Health: enable checks"],
  ["hrunn", "Health: force UP"],
  ["hnolb", "Health: force NOLB"],
  ["hdown", "Health: force DOWN"],
  ["dagent", "Agent: disable checks"],
  ["eagent", "Agent: enable checks"],
  ["arunn", "Agent: force UP"],
  ["adown", "Agent: force DOWN"],
  ["shutdown", "Kill Sessions"],
];

/** A proxy: its name, its table, and the form for its servers. */
export function proxySection(proxy: ProxyRun, rows: readonly StatRow[], options: SectionOptions): string {
  const name = escapeHtml(proxy.name);
  const withForm = options.admin && (proxy.back?.servers.length ?? 0) > 0;
  const table = `<table><caption class="hidden">${name}</caption>${tableHead(options, withForm)}<tbody>${rows
    .map((row) => tableRow(row, options, withForm))
    .join("")}</tbody></table>`;
  const description = escapeHtml(proxy.section.description ?? "");
  return `<section class="proxy" id="${name}"><div class="name"><h2>${proxyName(proxy, options.legends)}</h2><span class="desc">${description}</span></div>${withForm ? form(proxy, table, options) : table}</section>\n`;
}

function proxyName(proxy: ProxyRun, legends: boolean): string {
  const link = `<a href="#${escapeHtml(proxy.name)}">${escapeHtml(proxy.name)}</a>`;
  if (!legends) return link;
  const sides = proxy.front === undefined ? "BE" : proxy.back === undefined ? "FE" : "FE+BE";
  return withTip(link, `cap: ${sides}, mode: ${proxy.section.mode}, id: ${proxy.id}`);
}

function form(proxy: ProxyRun, table: string, { token, action }: SectionOptions): string {
  const choices = adminActions.map(([value, text]) => `<option value="${value}">${text}</option>`).join("");
  const id = `action-${proxy.id}`;
  return `<form method="post" action="${escapeHtml(action)}">${table}<div class="actions"><label for="${id}">Choose the action to perform on the checked servers:</label><select name="action" id="${id}"><option value=""></option>${choices}</select><input type="hidden" name="b" value="#${proxy.id}"><input type="hidden" name="t" value="${token}"><button type="submit">Apply</button></div></form>`;
}

function tableHead({ modules }: SectionOptions, withForm: boolean): string {
  const box = withForm
    ? `<th rowspan="2"><input type="checkbox" data-all aria-label="All servers"></th>`
    : "";
  const groups = columnGroups
    .map(([group, columns]) => `<th colspan="${columns.length}" scope="colgroup">${group}</th>`)
    .join("");
  const extra = modules ? `<th colspan="${statModules.length}" scope="colgroup">Extra modules</th>` : "";
  const labels = columns.map(({ label }) => `<th scope="col">${label}</th>`).join("");
  const names = modules ? statModules.map((each) => `<th scope="col">${each.name}</th>`).join("") : "";
  return `<thead><tr>${box}<th rowspan="2"><span class="hidden">Name</span></th>${groups}${extra}</tr><tr>${labels}${names}</tr></thead>`;
}

const wordColumns = new Set<string>(["status", "check", "weight", "active", "backup", "throttle", "failed"]);

function tableRow(row: StatRow, options: SectionOptions, withForm: boolean): string {
  const cells = cellsOf(row);
  const box = withForm ? checkbox(row) : "";
  const figures = columns
    .map(({ key, label, group }) => {
      const word = wordColumns.has(key) ? ` class="word"` : "";
      return `<td${word} data-label="${group === "Server" ? label : `${group}: ${label}`}">${cells[key] ?? ""}</td>`;
    })
    .join("");
  const modules = options.modules ? statModules.map((module) => moduleCell(row, module)).join("") : "";
  return `<tr class="${rowClass(row)}">${box}<th scope="row">${rowName(row, options.legends)}</th>${figures}${modules}</tr>\n`;
}

function checkbox(row: StatRow): string {
  if (row.kind !== "S") return "<td></td>";
  const name = escapeHtml(String(row.byName.svname));
  return `<td class="box"><input type="checkbox" name="s" value="${name}" aria-label="${name}"></td>`;
}

const fixedNames = { F: "Frontend", B: "Backend" } as const;

function rowName(row: StatRow, legends: boolean): string {
  const { byName, kind } = row;
  const fixed = kind === "F" || kind === "B" ? fixedNames[kind] : undefined;
  const name = fixed ?? escapeHtml(String(byName.svname));
  const anchor = `${escapeHtml(String(byName.pxname))}/${kind === "L" ? "+" : ""}${name}`;
  const link = `<a id="${anchor}" href="#${anchor}">${name}</a>`;
  return legends && kind !== "F" ? withTip(link, legend(row)) : link;
}

function legend({ byName, kind, id }: StatRow): string {
  const cookie = byName.cookie === undefined ? "" : `, cookie: '${escapeHtml(String(byName.cookie))}'`;
  if (kind === "B") return `balancing: ${escapeHtml(String(byName.algo ?? ""))}${cookie}`;
  const address = String(byName.addr ?? "");
  const family = /^\d/.test(address) ? "IPv4: " : address.startsWith("[") ? "IPv6: " : "";
  return `${address === "" ? "" : `${family}${escapeHtml(address)}, `}id: ${id}${cookie}`;
}

function moduleCell(row: StatRow, module: (typeof statModules)[number]): string {
  if (!module.kinds.includes(row.kind)) return "<td></td>";
  const rows: TipRow[] = statColumns
    .filter(({ name }) => name.startsWith(module.prefix))
    .map(({ name, description }) => [escapeHtml(description), groupDigits(row.byName[name] ?? 0)]);
  return `<td data-label="Module">${withTip(module.name, rows)}</td>`;
}
