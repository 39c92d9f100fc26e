import type { BackRun, ProxyRun, ServerRun } from "../run/index.js";
import { protocolValues } from "./module-values.js";
import { compressionValues, responseValues, serverSideValues } from "./shared-values.js";
import type { StatValues } from "./stat-row.js";

/** A back end's figures. With `countServers` its status tells how many of its servers are up, as it does where some are hidden. */
export function backValues(
  proxy: ProxyRun,
  back: BackRun,
  options: { readonly legends: boolean; readonly countServers: boolean },
  now: number,
  date: number,
): StatValues {
  const { counters, servers, times } = back;
  const http = proxy.section.mode === "http";
  const up = servers.filter((server) => server.operational !== 0);
  const working = back.weight > 0 || servers.length === 0;
  return {
    pxname: proxy.name,
    svname: "BACKEND",
    mode: proxy.section.mode,
    ...serverSideValues(counters, times),
    qcur: back.queued,
    scur: back.sessions.value,
    slim: back.fullconn,
    dreq: counters.total("deniedRequests"),
    status: (working ? "UP" : "DOWN") + (options.countServers ? ` (${up.length}/${servers.length})` : ""),
    agg_server_status: 0,
    agg_server_check_status: 0,
    agg_check_status: 0,
    weight: back.weight,
    uweight: userWeight(back, up),
    act: back.active,
    bck: back.backups,
    chkdown: counters.total("downTransitions"),
    lastchg: Math.floor((date - proxy.lastChange) / 1000),
    downtime: servers.length > 0 ? Math.floor(back.downtimeMs / 1000) : undefined,
    rate: back.rate.read(now),
    cookie: options.legends ? proxy.section.cookie?.name : undefined,
    algo: options.legends ? algorithmName(proxy) : undefined,
    ...(http && {
      req_tot: counters.total("requests"),
      ...responseValues(counters),
      cache_lookups: counters.total("cacheLookups"),
      cache_hits: counters.total("cacheHits"),
    }),
    ...compressionValues(counters),
    lastsess: back.lastSession === 0 ? -1 : Math.floor((date - back.lastSession) / 1000),
    ...protocolValues(counters),
  };
}

/** The users' weights of those that are given work: of the active ones while there are any, else of the backups. */
function userWeight(back: BackRun, up: readonly ServerRun[]): number {
  const wantBackup = back.active === 0;
  const counted = up.filter((server) => server.usable && server.section.backup === wantBackup);
  if (!wantBackup || back.servers[0]?.proxy.section.allBackups)
    return counted.reduce((sum, each) => sum + each.weight, 0);
  return counted[0]?.weight ?? 0;
}

/** The algorithm as the page and CSV name it; of "random" HAProxy says "unknown". */
function algorithmName(proxy: ProxyRun): string {
  const { algorithm } = proxy.section.balance;
  return algorithm === "random" ? "unknown" : algorithm;
}
