import { hostname } from "node:os";
import type { RuntimeHost } from "../run/index.js";
import type { FieldValue } from "./field.js";
import type { ProcessGauges } from "./gauges.js";
import type { InfoName } from "./info-fields.js";
import { processMemory } from "./memory.js";

export type InfoValues = Readonly<Partial<Record<InfoName, FieldValue | undefined>>>;

const megabyte = 1024 * 1024;

/**
 * What `show info` tells of the process. What HAProxy has and Node hasn't is told by its nearest kin: pools are the heap, tasks are what keeps
 * the event loop alive.
 */
export function infoValues(host: RuntimeHost, gauges: ProcessGauges, date = Date.now()): InfoValues {
  const { global } = host.process.config;
  const rates = gauges.readRates();
  const counted = countAll(host, gauges);
  const memory = processMemory();
  const uptime = Math.max(date - host.process.startDate, 0) / 1000;
  const { limits } = host;
  const passed = gauges.rates;
  const tls = gauges.readTls();
  return {
    Name: "HAProxy",
    Version: host.version,
    Release_date: host.releaseDate,
    Nbthread: host.threads,
    Nbproc: 1,
    Process_num: 1,
    Pid: host.process.pid,
    Uptime: printUptime(uptime),
    Uptime_sec: uptime,
    Memmax_MB: 0,
    Memmax_bytes: 0,
    PoolAlloc_MB: Math.floor(memory.heapTotal / megabyte),
    PoolAlloc_bytes: memory.heapTotal,
    PoolUsed_MB: Math.floor(memory.heapUsed / megabyte),
    PoolUsed_bytes: memory.heapUsed,
    PoolFailed: 0,
    "Ulimit-n": host.fileLimit,
    Maxsock: host.maxSockets,
    Maxconn: limits.maxconn,
    Hard_maxconn: limits.hardMaxconn,
    CurrConns: counted.connectionsNow,
    CumConns: counted.connections,
    CumReq: counted.requests,
    MaxSslConns: global.maxSslConn ?? 0,
    CurrSslConns: counted.tlsNow,
    CumSslConns: counted.tls,
    Maxpipes: 0,
    PipesUsed: 0,
    PipesFree: 0,
    ConnRate: rates.connections,
    ConnRateLimit: limits.connectionRate,
    MaxConnRate: gauges.connectionRateMax,
    SessRate: rates.sessions,
    SessRateLimit: limits.sessionRate,
    MaxSessRate: gauges.sessionRateMax,
    SslRate: Math.floor(tls.sessions),
    SslRateLimit: limits.tlsRate,
    MaxSslRate: gauges.tlsRateMax,
    SslFrontendKeyRate: Math.floor(tls.keys),
    SslFrontendMaxKeyRate: gauges.tlsKeyRateMax,
    SslFrontendSessionReuse_pct:
      tls.keys < tls.sessions ? Math.floor(100 * (1 - tls.keys / tls.sessions)) : 0,
    SslBackendKeyRate: Math.round(passed.backTlsKeys),
    SslBackendMaxKeyRate: gauges.backTlsKeyRateMax,
    SslCacheLookups: 0,
    SslCacheMisses: 0,
    CompressBpsIn: passed.compressedIn,
    CompressBpsOut: passed.compressedOut,
    CompressBpsRateLim: limits.compressionRate,
    Tasks: process.getActiveResourcesInfo().length,
    Run_queue: 0,
    Idle_pct: gauges.idlePercent,
    node: global.node ?? hostname(),
    description: global.description,
    Stopping: host.stopping() ? 1 : 0,
    Jobs: counted.connectionsNow + counted.listeners,
    "Unstoppable Jobs": 0,
    Listeners: counted.listeners,
    ActivePeers: host.peerCounts?.().active ?? 0,
    ConnectedPeers: host.peerCounts?.().connected ?? 0,
    DroppedLogs: host.process.log.dropped,
    BusyPolling: 0,
    FailedResolutions: host.failedResolutions?.() ?? 0,
    TotalBytesOut: counted.bytesOut,
    TotalSplicdedBytesOut: 0,
    BytesOutRate: passed.bytesOut,
    DebugCommandsIssued: 0,
    CumRecvLogs: 0,
    "Build info": host.version,
    Start_time_sec: host.process.startDate / 1000,
    Tainted: "0",
  };
}

function countAll(host: RuntimeHost, gauges: ProcessGauges) {
  const counted = {
    connectionsNow: gauges.socketConnectionsNow,
    connections: gauges.socketConnections,
    requests: gauges.socketRequests,
    tls: 0,
    tlsNow: 0,
    listeners: host.process.config.global.statsSockets.length,
    bytesOut: 0,
  };
  for (const front of gauges.fronts()) {
    counted.connectionsNow += front.sessions.value;
    counted.connections += front.counters.total("connections");
    counted.requests += front.counters.total("requests");
    counted.tls += front.counters.total("tlsSessions");
    counted.bytesOut += front.counters.total("bytesOut");
    counted.listeners += front.listeners.filter((listener) => listener.state !== "closed").length;
  }
  const sessions = new Set([...host.process.streams].map((stream) => stream.session));
  for (const session of sessions) if (session.info.tls !== undefined) counted.tlsNow++;
  return counted;
}

/** "0d 0h00m05s" */
export function printUptime(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${Math.floor(whole / 86400)}d ${Math.floor((whole % 86400) / 3600)}h${two(Math.floor((whole % 3600) / 60))}m${two(whole % 60)}s`;
}
