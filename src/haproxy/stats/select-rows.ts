import type { ProcessRun, ProxyRun, ServerRun } from "../run/index.js";
import { backValues } from "./back-values.js";
import { frontValues, listenerValues } from "./front-values.js";
import { checkEnabled, checkedServer, serverValues } from "./server-values.js";
import { makeRow, type StatRow } from "./stat-row.js";

export interface RowSelection {
  /** With addresses, cookies and algorithms: for levels operator and admin, and `stats show-legends`. */
  readonly legends: boolean;
  readonly hideMaintenance?: boolean; // no-maint
  readonly hideDown?: boolean; // up
  /** `show stat <proxy> <type> <sid>`: -1 is all; bits of type: 1 front end, 2 back end, 4 server, 8 listener. */
  readonly bound?: { readonly proxyId: number; readonly type: number; readonly id: number };
  /** Proxies that are shown at all. */
  readonly only?: (proxy: ProxyRun) => boolean;
}

/** Whether a proxy has a place in statistics: it is no disabled one. */
export const isCounted = (proxy: ProxyRun): boolean => !proxy.section.disabled && proxy.id > 0;

/** The lines of `show stat`, proxy by proxy. */
export function* selectRows(
  process: ProcessRun,
  selection: RowSelection,
  date = Date.now(),
): Generator<StatRow> {
  for (const proxy of process.proxies)
    if (isCounted(proxy) && (selection.only?.(proxy) ?? true)) yield* rowsOf(process, proxy, selection, date);
}

/** The lines of one proxy: front end, listeners, servers, back end. */
export function* rowsOf(
  process: ProcessRun,
  proxy: ProxyRun,
  selection: RowSelection,
  date = Date.now(),
): Generator<StatRow> {
  const { bound, legends } = selection;
  if (bound !== undefined && bound.proxyId !== -1 && bound.proxyId !== proxy.id) return;
  const type = bound?.type ?? -1;
  const wants = (id: number) => bound === undefined || bound.id === -1 || bound.id === id;
  const now = process.now();
  if (proxy.front !== undefined && type & 1)
    yield makeRow("F", proxy.id, 0, frontValues(proxy, proxy.front, now));
  if (proxy.front !== undefined && proxy.section.options.socketStats && type & 8)
    for (const listener of proxy.front.listeners)
      if (wants(listener.id))
        yield makeRow("L", proxy.id, listener.id, listenerValues(proxy, listener, legends));
  if (proxy.back === undefined) return;
  if (type & 4)
    for (const server of proxy.back.servers)
      if (wants(server.id) && !isHidden(process, server, selection))
        yield makeRow("S", proxy.id, server.id, serverValues(process, proxy, server, legends, now, date));
  const countServers = (selection.hideDown ?? false) || (selection.hideMaintenance ?? false);
  if (type & 2)
    yield makeRow("B", proxy.id, 0, backValues(proxy, proxy.back, { legends, countServers }, now, date));
}

const maintenance = 1 | 2 | 4 | 32 | 64;

/** In maintenance; or down, with no check that could change it. */
function isHidden(process: ProcessRun, server: ServerRun, selection: RowSelection): boolean {
  const inMaintenance = (server.administrative & maintenance) !== 0;
  if (selection.hideMaintenance && inMaintenance) return true;
  if (!selection.hideDown) return false;
  if (inMaintenance) return true;
  if (server.operational !== 0) return false;
  const { check, agent } = checkedServer(process, server);
  if (!checkEnabled(check) && !checkEnabled(agent)) return true;
  return (checkEnabled(agent) && agent.health === 0) || (checkEnabled(check) && check.health === 0);
}
