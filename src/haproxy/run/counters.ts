/** What the modules h1, h2 and ssl of HAProxy count for front ends and back ends; "Open…" are gauges: one is added, and taken away again. */
export const protocolCounters = [
  "tlsSessions",
  "tlsReused",
  "tlsFailedHandshakes",
  "h2HeadersReceived",
  "h2DataReceived",
  "h2SettingsReceived",
  "h2ResetsReceived",
  "h2GoawaysReceived",
  "h2ConnectionErrors",
  "h2StreamErrors",
  "h2ResetsSent",
  "h2GoawaysSent",
  "h2OpenConnections",
  "h2OpenStreams",
  "h2Connections",
  "h2Streams",
  "h1OpenConnections",
  "h1OpenStreams",
  "h1Connections",
  "h1Streams",
  "h1BytesIn",
  "h1BytesOut",
  "h1SplicedIn",
  "h1SplicedOut",
] as const;

/** Of responses: by the first figure of their status, what was compressed, what the cache was asked for. */
const responseCounters = [
  "status1xx",
  "status2xx",
  "status3xx",
  "status4xx",
  "status5xx",
  "statusOther",
  "compressedIn",
  "compressedOut",
  "compressionBypassed",
  "compressedResponses",
  "cacheLookups",
  "cacheHits",
] as const;

/** What is counted, by HAProxy's names (counters-t.h); those that end in "Max" are maxima. */
export const frontendCounters = [
  "sessionsMax",
  "sessionRateMax",
  "connectionRateMax",
  "requestRateMax",
  "connections",
  "sessions",
  "requests",
  "bytesIn",
  "bytesOut",
  "deniedRequests",
  "deniedResponses",
  "deniedConnections",
  "deniedSessions",
  "failedRequests",
  "failedRewrites",
  "internalErrors",
  "interceptedRequests",
  ...responseCounters,
  ...protocolCounters,
] as const;

/** Of back ends and of servers. */
export const backendCounters = [
  "sessionsMax",
  "sessionRateMax",
  "queueMax",
  "queueTimeMax",
  "connectTimeMax",
  "dataTimeMax",
  "totalTimeMax",
  "sessions",
  "chosen", // lbtot
  "requests",
  "bytesIn",
  "bytesOut",
  "deniedRequests",
  "deniedResponses",
  "connectErrors", // econ
  "responseErrors", // eresp
  "retries",
  "redispatches",
  "clientAborts",
  "serverAborts",
  "failedRewrites",
  "internalErrors",
  "connects",
  "reuses",
  ...responseCounters,
  // Sliding sums of the last 512 (or 1024) streams' times are kept apart: see `times` of a back end and a server.
  "failedChecks",
  "failedHealthAnalyses",
  "downTransitions",
  ...protocolCounters,
] as const;

export const listenerCounters = [
  "sessionsMax",
  "sessions",
  "bytesIn",
  "bytesOut",
  "deniedRequests",
  "deniedResponses",
  "deniedConnections",
  "deniedSessions",
  "failedRequests",
  "failedRewrites",
  "internalErrors",
] as const;

export type FrontendCounter = (typeof frontendCounters)[number];
export type BackendCounter = (typeof backendCounters)[number];
export type ListenerCounter = (typeof listenerCounters)[number];
