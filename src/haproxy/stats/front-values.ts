import type { Counters, Endpoint } from "../../proxy/index.js";
import type { FrontRun, ListenerRun, ProxyRun } from "../run/index.js";
import { protocolValues } from "./module-values.js";
import type { StatValues } from "./stat-row.js";

/** A front end's figures. `now` is the monotonic clock's. */
export function frontValues(proxy: ProxyRun, front: FrontRun, now: number): StatValues {
  const { counters } = front;
  const http = proxy.section.mode === "http";
  return {
    pxname: proxy.name,
    svname: "FRONTEND",
    mode: proxy.section.mode,
    scur: front.sessions.value,
    smax: counters.total("sessionsMax"),
    slim: front.maxconn,
    stot: counters.total("sessions"),
    bin: counters.total("bytesIn"),
    bout: counters.total("bytesOut"),
    dreq: counters.total("deniedRequests"),
    dresp: counters.total("deniedResponses"),
    ereq: counters.total("failedRequests"),
    dcon: counters.total("deniedConnections"),
    dses: counters.total("deniedSessions"),
    status: proxy.state === "stopped" ? "STOP" : "OPEN",
    rate: front.sessionRate.read(now),
    rate_lim: front.rateLimit,
    rate_max: counters.total("sessionRateMax"),
    wrew: counters.total("failedRewrites"),
    eint: counters.total("internalErrors"),
    ...(http && {
      ...responseValues(counters),
      intercepted: counters.total("interceptedRequests"),
      cache_lookups: counters.total("cacheLookups"),
      cache_hits: counters.total("cacheHits"),
    }),
    req_rate: front.requestRate.read(now),
    req_rate_max: counters.total("requestRateMax"),
    req_tot: counters.total("requests"),
    comp_in: counters.total("compressedIn"),
    comp_out: counters.total("compressedOut"),
    comp_byp: counters.total("compressionBypassed"),
    comp_rsp: counters.total("compressedResponses"),
    conn_rate: front.connectionRate.read(now),
    conn_rate_max: counters.total("connectionRateMax"),
    conn_tot: counters.total("connections"),
    ...protocolValues(counters),
  };
}

/** The responses by the first figure of their status. */
export function responseValues(
  counters: Counters<
    "status1xx" | "status2xx" | "status3xx" | "status4xx" | "status5xx" | "statusOther" | never
  >,
): StatValues {
  return {
    hrsp_1xx: counters.total("status1xx"),
    hrsp_2xx: counters.total("status2xx"),
    hrsp_3xx: counters.total("status3xx"),
    hrsp_4xx: counters.total("status4xx"),
    hrsp_5xx: counters.total("status5xx"),
    hrsp_other: counters.total("statusOther"),
  };
}

const listenerStates = { open: "OPEN", full: "FULL", waiting: "WAITING", closed: "WAITING" } as const;

/** A listener's figures, of proxies with `option socket-stats`. Addresses are shown only with `legends`. */
export function listenerValues(proxy: ProxyRun, listener: ListenerRun, legends: boolean): StatValues {
  const { counters } = listener;
  const address = listener.addresses[0];
  return {
    pxname: proxy.name,
    svname: listener.name,
    mode: proxy.section.mode,
    scur: listener.sessions.value,
    smax: counters.total("sessionsMax"),
    slim: listener.bind.maxconn ?? 0,
    stot: counters.total("sessions"),
    bin: counters.total("bytesIn"),
    bout: counters.total("bytesOut"),
    dreq: counters.total("deniedRequests"),
    dresp: counters.total("deniedResponses"),
    ereq: counters.total("failedRequests"),
    dcon: counters.total("deniedConnections"),
    dses: counters.total("deniedSessions"),
    status: listenerStates[listener.state],
    wrew: counters.total("failedRewrites"),
    eint: counters.total("internalErrors"),
    addr: legends && address !== undefined ? printEndpoint(address) : undefined,
    ssl_sess: 0,
    ssl_reused_sess: 0,
    ssl_failed_handshake: 0,
  };
}

/** "127.0.0.1:80", "[::1]:80" or "unix". */
export function printEndpoint(endpoint: Endpoint): string {
  if (endpoint.family === 0) return "unix";
  return endpoint.family === 6 ? `[${endpoint.host}]:${endpoint.port}` : `${endpoint.host}:${endpoint.port}`;
}
