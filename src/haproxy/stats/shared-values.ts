import type { BackendCounter, FrontendCounter, ListenerCounter, TimeAverages } from "../run/index.js";
import type { StatValues } from "./stat-row.js";

/** Whatever counts these. */
interface Counted<Name extends string> {
  total(name: Name): number;
}

/** What of traffic is counted on all four kinds of lines. */
function trafficValues(counters: Counted<ListenerCounter & FrontendCounter & BackendCounter>): StatValues {
  return {
    smax: counters.total("sessionsMax"),
    stot: counters.total("sessions"),
    bin: counters.total("bytesIn"),
    bout: counters.total("bytesOut"),
    dresp: counters.total("deniedResponses"),
    wrew: counters.total("failedRewrites"),
    eint: counters.total("internalErrors"),
  };
}

/** The side of clients: front ends and listeners. */
export function clientSideValues(counters: Counted<ListenerCounter & FrontendCounter>): StatValues {
  return {
    ...trafficValues(counters),
    dreq: counters.total("deniedRequests"),
    ereq: counters.total("failedRequests"),
    dcon: counters.total("deniedConnections"),
    dses: counters.total("deniedSessions"),
  };
}

/** The side of servers: back ends and servers. Times are milliseconds, averages of the last streams. */
export function serverSideValues(counters: Counted<BackendCounter>, times: TimeAverages): StatValues {
  return {
    ...trafficValues(counters),
    qmax: counters.total("queueMax"),
    econ: counters.total("connectErrors"),
    eresp: counters.total("responseErrors"),
    wretr: counters.total("retries"),
    wredis: counters.total("redispatches"),
    connect: counters.total("connects"),
    reuse: counters.total("reuses"),
    lbtot: counters.total("chosen"),
    rate_max: counters.total("sessionRateMax"),
    cli_abrt: counters.total("clientAborts"),
    srv_abrt: counters.total("serverAborts"),
    qtime: times.queue,
    ctime: times.connect,
    rtime: times.response,
    ttime: times.total,
    qtime_max: counters.total("queueTimeMax"),
    ctime_max: counters.total("connectTimeMax"),
    rtime_max: counters.total("dataTimeMax"),
    ttime_max: counters.total("totalTimeMax"),
  };
}

/** What front ends and back ends compress. */
export function compressionValues(counters: Counted<FrontendCounter & BackendCounter>): StatValues {
  return {
    comp_in: counters.total("compressedIn"),
    comp_out: counters.total("compressedOut"),
    comp_byp: counters.total("compressionBypassed"),
    comp_rsp: counters.total("compressedResponses"),
  };
}

/** The responses by the first figure of their status. */
export function responseValues(counters: Counted<FrontendCounter & BackendCounter>): StatValues {
  return {
    hrsp_1xx: counters.total("status1xx"),
    hrsp_2xx: counters.total("status2xx"),
    hrsp_3xx: counters.total("status3xx"),
    hrsp_4xx: counters.total("status4xx"),
    hrsp_5xx: counters.total("status5xx"),
    hrsp_other: counters.total("statusOther"),
  };
}
