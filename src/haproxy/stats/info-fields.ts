import type { FieldTag } from "./field.js";

/** The fields of `show info`: position, name, what it means, tag and type, as HAProxy 2.6.12 has them. 45 and 46 are zlib's memory, which is not counted. */
const fields = [
  [0, "Name", "Product name", "POS:str"],
  [1, "Version", "Product version", "POS:str"],
  [2, "Release_date", "Date of latest source code update", "POS:str"],
  [3, "Nbthread", "Number of started threads (global.nbthread)", "CGS:u32"],
  [4, "Nbproc", "Number of started worker processes (historical, always 1)", "CGS:u32"],
  [5, "Process_num", "Relative worker process number (1)", "KGP:u32"],
  [6, "Pid", "This worker process identifier for the system", "SGP:u32"],
  [7, "Uptime", "How long ago this worker process was started (days+hours+minutes+seconds)", "MDP:str"],
  [8, "Uptime_sec", "How long ago this worker process was started (seconds)", "MDP:u32"],
  [9, "Memmax_MB", "Worker process's hard limit on memory usage in MB (-m on command line)", "CLP:u32"],
  [10, "PoolAlloc_MB", "Amount of memory allocated in pools (in MB)", "MGP:u32"],
  [11, "PoolUsed_MB", "Amount of pool memory currently used (in MB)", "MGP:u32"],
  [12, "PoolFailed", "Number of failed pool allocations since this worker was started", "MCP:u32"],
  [13, "Ulimit-n", "Hard limit on the number of per-process file descriptors", "CLP:u32"],
  [14, "Maxsock", "Hard limit on the number of per-process sockets", "CLP:u32"],
  [
    15,
    "Maxconn",
    "Hard limit on the number of per-process connections (configured or imposed by Ulimit-n)",
    "CLP:u32",
  ],
  [
    16,
    "Hard_maxconn",
    "Hard limit on the number of per-process connections (imposed by Memmax_MB or Ulimit-n)",
    "CLP:u32",
  ],
  [17, "CurrConns", "Current number of connections on this worker process", "MGP:u32"],
  [18, "CumConns", "Total number of connections on this worker process since started", "MCP:u32"],
  [19, "CumReq", "Total number of requests on this worker process since started", "MCP:u32"],
  [
    20,
    "MaxSslConns",
    "Hard limit on the number of per-process SSL endpoints (front+back), 0=unlimited",
    "MMP:u32",
  ],
  [21, "CurrSslConns", "Current number of SSL endpoints on this worker process (front+back)", "MGP:u32"],
  [
    22,
    "CumSslConns",
    "Total number of SSL endpoints on this worker process since started (front+back)",
    "MCP:u32",
  ],
  [23, "Maxpipes", "Hard limit on the number of pipes for splicing, 0=unlimited", "CLP:u32"],
  [24, "PipesUsed", "Current number of pipes in use in this worker process", "MGP:u32"],
  [25, "PipesFree", "Current number of allocated and available pipes in this worker process", "MGP:u32"],
  [
    26,
    "ConnRate",
    "Number of front connections created on this worker process over the last second",
    "MRP:u32",
  ],
  [27, "ConnRateLimit", "Hard limit for ConnRate (global.maxconnrate)", "CLP:u32"],
  [
    28,
    "MaxConnRate",
    "Highest ConnRate reached on this worker process since started (in connections per second)",
    "MMP:u32",
  ],
  [29, "SessRate", "Number of sessions created on this worker process over the last second", "MRP:u32"],
  [30, "SessRateLimit", "Hard limit for SessRate (global.maxsessrate)", "CLP:u32"],
  [
    31,
    "MaxSessRate",
    "Highest SessRate reached on this worker process since started (in sessions per second)",
    "MRP:u32",
  ],
  [32, "SslRate", "Number of SSL connections created on this worker process over the last second", "MRP:u32"],
  [33, "SslRateLimit", "Hard limit for SslRate (global.maxsslrate)", "CLP:u32"],
  [
    34,
    "MaxSslRate",
    "Highest SslRate reached on this worker process since started (in connections per second)",
    "MMP:u32",
  ],
  [
    35,
    "SslFrontendKeyRate",
    "Number of SSL keys created on frontends in this worker process over the last second",
    "MGP:u32",
  ],
  [
    36,
    "SslFrontendMaxKeyRate",
    "Highest SslFrontendKeyRate reached on this worker process since started (in SSL keys per second)",
    "MMP:u32",
  ],
  [
    37,
    "SslFrontendSessionReuse_pct",
    "Percent of frontend SSL connections which did not require a new key",
    "MGP:u32",
  ],
  [
    38,
    "SslBackendKeyRate",
    "Number of SSL keys created on backends in this worker process over the last second",
    "MRP:u32",
  ],
  [
    39,
    "SslBackendMaxKeyRate",
    "Highest SslBackendKeyRate reached on this worker process since started (in SSL keys per second)",
    "MMP:u32",
  ],
  [
    40,
    "SslCacheLookups",
    "Total number of SSL session ID lookups in the SSL session cache on this worker since started",
    "MCP:u32",
  ],
  [
    41,
    "SslCacheMisses",
    "Total number of SSL session ID lookups that didn't find a session in the SSL session cache on this worker since started",
    "MCP:u32",
  ],
  [
    42,
    "CompressBpsIn",
    "Number of bytes submitted to the HTTP compressor in this worker process over the last second",
    "MRP:u32",
  ],
  [
    43,
    "CompressBpsOut",
    "Number of bytes emitted by the HTTP compressor in this worker process over the last second",
    "MRP:u32",
  ],
  [
    44,
    "CompressBpsRateLim",
    "Limit of CompressBpsOut beyond which HTTP compression is automatically disabled",
    "CLP:u32",
  ],
  [47, "Tasks", "Total number of tasks in the current worker process (active + sleeping)", "MGP:u32"],
  [48, "Run_queue", "Total number of active tasks+tasklets in the current worker process", "MGP:u32"],
  [49, "Idle_pct", "Percentage of last second spent waiting in the current worker thread", "MaP:u32"],
  [50, "node", "Node name (global.node)", "COS:str"],
  [51, "description", "Node description (global.description)", "COS:str"],
  [52, "Stopping", "1 if the worker process is currently stopping, otherwise zero", "MGP:u32"],
  [
    53,
    "Jobs",
    "Current number of active jobs on the current worker process (frontend connections, master connections, listeners)",
    "MGP:u32",
  ],
  [
    54,
    "Unstoppable Jobs",
    "Current number of unstoppable jobs on the current worker process (master connections)",
    "MGP:u32",
  ],
  [55, "Listeners", "Current number of active listeners on the current worker process", "MGP:u32"],
  [
    56,
    "ActivePeers",
    "Current number of verified active peers connections on the current worker process",
    "MGP:u32",
  ],
  [
    57,
    "ConnectedPeers",
    "Current number of peers having passed the connection step on the current worker process",
    "MGP:u32",
  ],
  [58, "DroppedLogs", "Total number of dropped logs for current worker process since started", "MGP:u32"],
  [
    59,
    "BusyPolling",
    "1 if busy-polling is currently in use on the worker process, otherwise zero (config.busy-polling)",
    "MGP:u32",
  ],
  [
    60,
    "FailedResolutions",
    "Total number of failed DNS resolutions in current worker process since started",
    "MGP:u32",
  ],
  [61, "TotalBytesOut", "Total number of bytes emitted by current worker process since started", "MGP:u64"],
  [
    62,
    "TotalSplicdedBytesOut",
    "Total number of bytes emitted by current worker process through a kernel pipe since started",
    "MGP:u64",
  ],
  [63, "BytesOutRate", "Number of bytes emitted by current worker process over the last second", "MRP:u64"],
  [
    64,
    "DebugCommandsIssued",
    "Number of debug commands issued on this process (anything > 0 is unsafe)",
    "MGP:u32",
  ],
  [
    65,
    "CumRecvLogs",
    "Total number of log messages received by log-forwarding listeners on this worker process since started",
    "MCP:u32",
  ],
  [66, "Build info", "Build info", "POS:str"],
  [67, "Memmax_bytes", "Worker process's hard limit on memory usage in byes (-m on command line)", "CLP:u32"],
  [68, "PoolAlloc_bytes", "Amount of memory allocated in pools (in bytes)", "MGP:u64"],
  [69, "PoolUsed_bytes", "Amount of pool memory currently used (in bytes)", "MGP:u64"],
  [70, "Start_time_sec", "Start time in seconds", "MDP:u32"],
  [71, "Tainted", "Experimental features used", "SGP:str"],
] as const satisfies readonly (readonly [number, string, string, FieldTag])[];

export type InfoName = (typeof fields)[number][1];

export interface InfoField {
  readonly position: number;
  readonly name: InfoName;
  readonly description: string;
  readonly tag: FieldTag;
}

export const infoFields: readonly InfoField[] = fields.map(([position, name, description, tag]) => ({
  position,
  name,
  description,
  tag,
}));

/** Those that `show info float` gives with their fractions. */
export const fractionalInfo: ReadonlySet<InfoName> = new Set<InfoName>([
  "Uptime_sec",
  "ConnRate",
  "SessRate",
  "SslRate",
  "SslFrontendKeyRate",
  "SslFrontendSessionReuse_pct",
  "SslBackendKeyRate",
  "CompressBpsIn",
  "CompressBpsOut",
  "Start_time_sec",
]);
