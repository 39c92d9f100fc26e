import type { CheckRun, ProcessRun, ProxyRun, ServerRun } from "../run/index.js";
import { checkStatusNumber, checkStatusWords, firstResult, firstWithCode } from "./check-statuses.js";
import { printEndpoint } from "./front-values.js";
import { tlsValues } from "./module-values.js";
import { responseValues, serverSideValues } from "./shared-values.js";
import type { StatValues } from "./stat-row.js";

const enabled = 4;
const paused = 8;

/** It is enabled, or enabled and not paused. */
export const checkEnabled = (check: CheckRun | undefined): check is CheckRun =>
  check !== undefined && (check.state & enabled) !== 0;
export const checkRuns = (check: CheckRun | undefined): check is CheckRun =>
  check !== undefined && (check.state & (enabled | paused)) === enabled;

/** The server that a `track` points at; itself where there is none. */
export function trackedServer(process: ProcessRun, server: ServerRun): ServerRun | undefined {
  const track = server.section.track;
  if (track === undefined) return undefined;
  const backend = track.backend === undefined ? server.proxy : process.backend(track.backend);
  return backend?.back?.servers.find((each) => each.name === track.server);
}

/** The end of the chain of `track`s: the server that is really checked. */
export function checkedServer(process: ProcessRun, server: ServerRun): ServerRun {
  let at = server;
  for (let steps = 0; steps < 64; steps++) {
    const next = trackedServer(process, at);
    if (next === undefined || next === server) return at;
    at = next;
  }
  return at;
}

/** A server's figures. `legends`: with its address and cookie; `now` is the monotonic clock's, `date` the wall clock's. */
export function serverValues(
  process: ProcessRun,
  proxy: ProxyRun,
  server: ServerRun,
  legends: boolean,
  now: number,
  date: number,
): StatValues {
  const { counters, section, times } = server;
  const checked = checkedServer(process, server);
  const tracked = trackedServer(process, server);
  const http = proxy.section.mode === "http";
  const backup = section.backup ? 1 : 0;
  return {
    pxname: proxy.name,
    svname: server.name,
    mode: proxy.section.mode,
    ...serverSideValues(counters, times),
    qcur: server.queued,
    scur: server.sessions.value,
    slim: server.maxconn || undefined,
    srv_icur: server.idle,
    src_ilim: section.poolMaxConn >= 0 ? section.poolMaxConn : undefined,
    idle_conn_cur: server.idle,
    safe_conn_cur: 0,
    used_conn_cur: server.used,
    need_conn_est: server.used,
    status: server.statusText,
    lastchg: Math.floor((date - server.lastChange) / 1000),
    weight: Math.ceil(server.effectiveWeight),
    uweight: server.weight,
    act: 1 - backup,
    bck: backup,
    qlimit: section.maxqueue || undefined,
    throttle: throttle(server),
    tracked: tracked === undefined ? undefined : `${tracked.proxy.name}/${tracked.name}`,
    rate: server.rate.read(now),
    ...(checkEnabled(server.check) && {
      chkfail: counters.total("failedChecks"),
      chkdown: counters.total("downTransitions"),
      downtime: Math.floor(server.downtimeMs / 1000),
    }),
    ...(checkRuns(server.check) && checkValues(server.check, checked.check ?? server.check)),
    ...(checkRuns(server.agent) && agentValues(server.agent)),
    hanafail: checked.section.observe === "none" ? undefined : counters.total("failedHealthAnalyses"),
    ...(http && { req_tot: counters.total("requests"), ...responseValues(counters) }),
    lastsess: server.lastSession === 0 ? -1 : Math.floor((date - server.lastSession) / 1000),
    addr: legends && server.address !== undefined ? printEndpoint(server.address) : undefined,
    cookie: legends ? server.cookie : undefined,
    ...tlsValues(counters),
  };
}

/** In slow start: the share of its weight that it has, in per cent. */
function throttle(server: ServerRun): number | undefined {
  const draining = (server.administrative & (8 | 16)) !== 0 || server.weight === 0;
  if (server.operational !== 1 || draining) return undefined;
  return Math.ceil((100 * server.effectiveWeight) / server.weight);
}

function checkValues(check: CheckRun, reference: CheckRun): StatValues {
  const status = checkStatusNumber(check.status);
  return {
    check_status: check.status,
    check_code: status >= firstWithCode ? Math.max(check.code, 0) : undefined,
    check_duration: status >= firstResult ? check.durationMs : undefined,
    check_desc: checkStatusWords(check.status),
    last_chk: check.description,
    check_rise: reference.rise,
    check_fall: reference.fall,
    check_health: reference.health,
  };
}

function agentValues(agent: CheckRun): StatValues {
  return {
    agent_status: agent.status,
    agent_code: checkStatusNumber(agent.status) >= firstWithCode ? Math.max(agent.code, 0) : undefined,
    agent_duration: agent.durationMs,
    agent_desc: checkStatusWords(agent.status),
    last_agt: agent.description,
    agent_rise: agent.rise,
    agent_fall: agent.fall,
    agent_health: agent.health,
  };
}
