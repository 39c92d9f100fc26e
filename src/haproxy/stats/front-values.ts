import type { Endpoint } from "../../proxy/index.js";
import type { FrontRun, ListenerRun, ProxyRun } from "../run/index.js";
import { protocolValues } from "./module-values.js";
import { clientSideValues, compressionValues, responseValues } from "./shared-values.js";
import type { StatValues } from "./stat-row.js";

/** A front end's figures. `now` is the monotonic clock's. */
export function frontValues(proxy: ProxyRun, front: FrontRun, now: number): StatValues {
  const { counters } = front;
  const http = proxy.section.mode === "http";
  return {
    pxname: proxy.name,
    svname: "FRONTEND",
    mode: proxy.section.mode,
    ...clientSideValues(counters),
    scur: front.sessions.value,
    slim: front.maxconn,
    status: proxy.state === "stopped" ? "STOP" : "OPEN",
    rate: front.sessionRate.read(now),
    rate_lim: front.rateLimit,
    rate_max: counters.total("sessionRateMax"),
    ...(http && {
      ...responseValues(counters),
      intercepted: counters.total("interceptedRequests"),
      cache_lookups: counters.total("cacheLookups"),
      cache_hits: counters.total("cacheHits"),
    }),
    req_rate: front.requestRate.read(now),
    req_rate_max: counters.total("requestRateMax"),
    req_tot: counters.total("requests"),
    ...compressionValues(counters),
    conn_rate: front.connectionRate.read(now),
    conn_rate_max: counters.total("connectionRateMax"),
    conn_tot: counters.total("connections"),
    ...protocolValues(counters),
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
    ...clientSideValues(counters),
    scur: listener.sessions.value,
    slim: listener.bind.maxconn ?? 0,
    status: listenerStates[listener.state],
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
