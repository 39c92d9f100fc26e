import type { FieldTag } from "./field.js";

/** What a line of `show stat` is about; the letters are those of its typed form. */
export type StatKind = "F" | "L" | "S" | "B";

/**
 * The columns of `show stat` in their order, with what they mean, and with tag and type for each kind of line that may have them: front end (F),
 * listener (L), server (S), back end (B). Names, order, tags and descriptions are those of HAProxy 2.6.12's `show stat typed desc`: programs
 * read them by name or by position.
 */
const columns = [
  ["pxname", "Proxy name", { F: "KNS:str", L: "KNS:str", S: "KNS:str", B: "KNS:str" }],
  ["svname", "Server name", { F: "KNS:str", L: "KNS:str", S: "KNS:str", B: "KNS:str" }],
  ["qcur", "Number of current queued connections", { S: "MGP:u32", B: "MGP:u32" }],
  [
    "qmax",
    "Highest value of queued connections encountered since process started",
    { S: "MMP:u32", B: "MMP:u32" },
  ],
  [
    "scur",
    "Number of current sessions on the frontend, backend or server",
    { F: "MGP:u32", L: "MGP:u32", S: "MGP:u32", B: "MGP:u32" },
  ],
  [
    "smax",
    "Highest value of current sessions encountered since process started",
    { F: "MMP:u32", L: "MMP:u32", S: "MMP:u32", B: "MMP:u32" },
  ],
  [
    "slim",
    "Frontend/listener/server's maxconn, backend's fullconn",
    { F: "CLP:u32", L: "CLP:u32", S: "CLP:u32", B: "CLP:u32" },
  ],
  [
    "stot",
    "Total number of sessions since process started",
    { F: "MCP:u64", L: "MCP:u64", S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "bin",
    "Total number of request bytes since process started",
    { F: "MCP:u64", L: "MCP:u64", S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "bout",
    "Total number of response bytes since process started",
    { F: "MCP:u64", L: "MCP:u64", S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "dreq",
    "Total number of denied requests since process started",
    { F: "MCP:u64", L: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "dresp",
    "Total number of denied responses since process started",
    { F: "MCP:u64", L: "MCP:u64", S: "MCP:u64", B: "MCP:u64" },
  ],
  ["ereq", "Total number of invalid requests since process started", { F: "MCP:u64", L: "MCP:u64" }],
  [
    "econ",
    "Total number of failed connections to server since the worker process started",
    { S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "eresp",
    "Total number of invalid responses since the worker process started",
    { S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "wretr",
    "Total number of server connection retries since the worker process started",
    { S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "wredis",
    "Total number of server redispatches due to connection failures since the worker process started",
    { S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "status",
    "Frontend/listen status: OPEN/WAITING/FULL/STOP; backend: UP/DOWN; server: last check status",
    { F: "SGP:str", L: "SGP:str", S: "SGP:str", B: "SGP:str" },
  ],
  [
    "weight",
    "Server's effective weight, or sum of active servers' effective weights for a backend",
    { S: "MaP:u32", B: "MaP:u32" },
  ],
  ["act", "Total number of active UP servers with a non-zero weight", { S: "SGP:u32", B: "MGP:u32" }],
  ["bck", "Total number of backup UP servers with a non-zero weight", { S: "SGP:u32", B: "MGP:u32" }],
  [
    "chkfail",
    "Total number of failed individual health checks per server/backend, since the worker process started",
    { S: "MCP:u64" },
  ],
  [
    "chkdown",
    "Total number of failed checks causing UP to DOWN server transitions, per server/backend, since the worker process started",
    { S: "MCP:u64", B: "MCP:u64" },
  ],
  ["lastchg", "How long ago the last server state changed, in seconds", { S: "MAP:u32", B: "MAP:u32" }],
  ["downtime", "Total time spent in DOWN state, for server or backend", { S: "MCP:u32", B: "MCP:u32" }],
  [
    "qlimit",
    "Limit on the number of connections in queue, for servers only (maxqueue argument)",
    { S: "CGS:u32" },
  ],
  ["pid", "Relative worker process number (1)", { F: "KGP:u32", L: "KGP:u32", S: "KGP:u32", B: "KGP:u32" }],
  [
    "iid",
    "Frontend or Backend numeric identifier ('id' setting)",
    { F: "KGS:u32", L: "KGS:u32", S: "KGS:u32", B: "KGS:u32" },
  ],
  [
    "sid",
    "Server numeric identifier ('id' setting)",
    { F: "KGS:u32", L: "KGS:u32", S: "KGS:u32", B: "KGS:u32" },
  ],
  [
    "throttle",
    "Throttling ratio applied to a server's maxconn and weight during the slowstart period (0 to 100%)",
    { S: "MaP:u32" },
  ],
  [
    "lbtot",
    "Total number of requests routed by load balancing since the worker process started (ignores queue pop and stickiness)",
    { S: "MCP:u64", B: "MCP:u64" },
  ],
  ["tracked", "Name of the other server this server tracks for its state", { S: "CNS:str" }],
  [
    "type",
    "Type of the object (Listener, Frontend, Backend, Server)",
    { F: "CGS:u32", L: "CGS:u32", S: "CGS:u32", B: "CGS:u32" },
  ],
  [
    "rate",
    "Total number of sessions processed by this object over the last second (sessions for listeners/frontends, requests for backends/servers)",
    { F: "MRP:u32", S: "MRP:u32", B: "MGP:u32" },
  ],
  [
    "rate_lim",
    "Limit on the number of sessions accepted in a second (frontend only, 'rate-limit sessions' setting)",
    { F: "CLP:u32" },
  ],
  [
    "rate_max",
    "Highest value of sessions per second observed since the worker process started",
    { F: "MMP:u32", S: "MMP:u32", B: "MGP:u32" },
  ],
  [
    "check_status",
    "Status report of the server's latest health check, prefixed with '*' if a check is currently in progress",
    { S: "MOP:str" },
  ],
  ["check_code", "HTTP/SMTP/LDAP status code reported by the latest server health check", { S: "MOP:u32" }],
  ["check_duration", "Total duration of the latest server health check, in milliseconds", { S: "MDP:u64" }],
  [
    "hrsp_1xx",
    "Total number of HTTP responses with status 100-199 returned by this object since the worker process started",
    { F: "MCP:u64", S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "hrsp_2xx",
    "Total number of HTTP responses with status 200-299 returned by this object since the worker process started",
    { F: "MCP:u64", S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "hrsp_3xx",
    "Total number of HTTP responses with status 300-399 returned by this object since the worker process started",
    { F: "MCP:u64", S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "hrsp_4xx",
    "Total number of HTTP responses with status 400-499 returned by this object since the worker process started",
    { F: "MCP:u64", S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "hrsp_5xx",
    "Total number of HTTP responses with status 500-599 returned by this object since the worker process started",
    { F: "MCP:u64", S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "hrsp_other",
    "Total number of HTTP responses with status <100, >599 returned by this object since the worker process started (error -1 included)",
    { F: "MCP:u64", S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "hanafail",
    "Total number of failed checks caused by an 'on-error' directive after an 'observe' condition matched",
    { S: "MCP:u64" },
  ],
  ["req_rate", "Number of HTTP requests processed over the last second on this object", { F: "MRP:u32" }],
  [
    "req_rate_max",
    "Highest value of http requests observed since the worker process started",
    { F: "MMP:u32" },
  ],
  [
    "req_tot",
    "Total number of HTTP requests processed by this object since the worker process started",
    { F: "MCP:u64", S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "cli_abrt",
    "Total number of requests or connections aborted by the client since the worker process started",
    { S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "srv_abrt",
    "Total number of requests or connections aborted by the server since the worker process started",
    { S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "comp_in",
    "Total number of bytes submitted to the HTTP compressor for this object since the worker process started",
    { F: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "comp_out",
    "Total number of bytes emitted by the HTTP compressor for this object since the worker process started",
    { F: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "comp_byp",
    "Total number of bytes that bypassed HTTP compression for this object since the worker process started (CPU/memory/bandwidth limitation)",
    { F: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "comp_rsp",
    "Total number of HTTP responses that were compressed for this object since the worker process started",
    { F: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "lastsess",
    "How long ago some traffic was seen on this object on this worker process, in seconds",
    { S: "MAP:s32", B: "MAP:s32" },
  ],
  [
    "last_chk",
    "Short description of the latest health check report for this server (see also check_desc)",
    { S: "MOP:str" },
  ],
  [
    "last_agt",
    "Short description of the latest agent check report for this server (see also agent_desc)",
    { S: "MOP:str" },
  ],
  [
    "qtime",
    "Time spent in the queue, in milliseconds, averaged over the 1024 last requests (backend/server)",
    { S: "MaP:u32", B: "MaP:u32" },
  ],
  [
    "ctime",
    "Time spent waiting for a connection to complete, in milliseconds, averaged over the 1024 last requests (backend/server)",
    { S: "MaP:u32", B: "MaP:u32" },
  ],
  [
    "rtime",
    "Time spent waiting for a server response, in milliseconds, averaged over the 1024 last requests (backend/server)",
    { S: "MaP:u32", B: "MaP:u32" },
  ],
  [
    "ttime",
    "Total request+response time (request+queue+connect+response+processing), in milliseconds, averaged over the 1024 last requests (backend/server)",
    { S: "MaP:u32", B: "MaP:u32" },
  ],
  [
    "agent_status",
    "Status report of the server's latest agent check, prefixed with '*' if a check is currently in progress",
    { S: "MOP:str" },
  ],
  ["agent_code", "Status code reported by the latest server agent check", { S: "MOP:u32" }],
  ["agent_duration", "Total duration of the latest server agent check, in milliseconds", { S: "MDP:u64" }],
  ["check_desc", "Textual description of the latest health check report for this server", { S: "MOP:str" }],
  ["agent_desc", "Textual description of the latest agent check report for this server", { S: "MOP:str" }],
  [
    "check_rise",
    "Number of successful health checks before declaring a server UP (server 'rise' setting)",
    { S: "CGS:u32" },
  ],
  [
    "check_fall",
    "Number of failed health checks before declaring a server DOWN (server 'fall' setting)",
    { S: "CGS:u32" },
  ],
  ["check_health", "Current server health check level (0..fall-1=DOWN, fall..rise-1=UP)", { S: "CGS:u32" }],
  [
    "agent_rise",
    "Number of successful agent checks before declaring a server UP (server 'rise' setting)",
    { S: "CGS:u32" },
  ],
  [
    "agent_fall",
    "Number of failed agent checks before declaring a server DOWN (server 'fall' setting)",
    { S: "CGS:u32" },
  ],
  ["agent_health", "Current server agent check level (0..fall-1=DOWN, fall..rise-1=UP)", { S: "CGS:u32" }],
  [
    "addr",
    "Server's address:port, shown only if show-legends is set, or at levels oper/admin for the CLI",
    { L: "CGS:str", S: "CGS:str" },
  ],
  [
    "cookie",
    "Backend's cookie name or Server's cookie value, shown only if show-legends is set, or at levels oper/admin for the CLI",
    { S: "CNS:str", B: "CNS:str" },
  ],
  [
    "mode",
    "'mode' setting (tcp/http/health/cli)",
    { F: "CGS:str", L: "CGS:str", S: "CGS:str", B: "CGS:str" },
  ],
  [
    "algo",
    "Backend's load balancing algorithm, shown only if show-legends is set, or at levels oper/admin for the CLI",
    { B: "CGS:str" },
  ],
  [
    "conn_rate",
    "Number of new connections accepted over the last second on the frontend for this worker process",
    { F: "MRP:u32" },
  ],
  [
    "conn_rate_max",
    "Highest value of connections per second observed since the worker process started",
    { F: "MMP:u32" },
  ],
  [
    "conn_tot",
    "Total number of new connections accepted on this frontend since the worker process started",
    { F: "MCP:u64" },
  ],
  [
    "intercepted",
    "Total number of HTTP requests intercepted on the frontend (redirects/stats/services) since the worker process started",
    { F: "MCP:u64" },
  ],
  [
    "dcon",
    "Total number of incoming connections blocked on a listener/frontend by a tcp-request connection rule since the worker process started",
    { F: "MCP:u64", L: "MCP:u64" },
  ],
  [
    "dses",
    "Total number of incoming sessions blocked on a listener/frontend by a tcp-request connection rule since the worker process started",
    { F: "MCP:u64", L: "MCP:u64" },
  ],
  [
    "wrew",
    "Total number of failed HTTP header rewrites since the worker process started",
    { F: "MCP:u64", L: "MCP:u64", S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "connect",
    "Total number of outgoing connection attempts on this backend/server since the worker process started",
    { S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "reuse",
    "Total number of reused connection on this backend/server since the worker process started",
    { S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "cache_lookups",
    "Total number of HTTP requests looked up in the cache on this frontend/backend since the worker process started",
    { F: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "cache_hits",
    "Total number of HTTP requests not found in the cache on this frontend/backend since the worker process started",
    { F: "MCP:u64", B: "MCP:u64" },
  ],
  ["srv_icur", "Current number of idle connections available for reuse on this server", { S: "MGP:u32" }],
  [
    "src_ilim",
    "Limit on the number of available idle connections on this server (server 'pool_max_conn' directive)",
    { S: "CLP:u32" },
  ],
  [
    "qtime_max",
    "Maximum observed time spent in the queue, in milliseconds (backend/server)",
    { S: "MMP:u32", B: "MMP:u32" },
  ],
  [
    "ctime_max",
    "Maximum observed time spent waiting for a connection to complete, in milliseconds (backend/server)",
    { S: "MMP:u32", B: "MMP:u32" },
  ],
  [
    "rtime_max",
    "Maximum observed time spent waiting for a server response, in milliseconds (backend/server)",
    { S: "MMP:u32", B: "MMP:u32" },
  ],
  [
    "ttime_max",
    "Maximum observed total request+response time (request+queue+connect+response+processing), in milliseconds (backend/server)",
    { S: "MMP:u32", B: "MMP:u32" },
  ],
  [
    "eint",
    "Total number of internal errors since process started",
    { F: "MCP:u64", L: "MCP:u64", S: "MCP:u64", B: "MCP:u64" },
  ],
  ["idle_conn_cur", "Current number of unsafe idle connections", { S: "MGP:u32" }],
  ["safe_conn_cur", "Current number of safe idle connections", { S: "MGP:u32" }],
  ["used_conn_cur", "Current number of connections in use", { S: "MGP:u32" }],
  ["need_conn_est", "Estimated needed number of connections", { S: "MGP:u32" }],
  [
    "uweight",
    "Server's user weight, or sum of active servers' user weights for a backend",
    { S: "MaP:u32", B: "MaP:u32" },
  ],
  ["agg_server_status", "Backend's aggregated gauge of servers' status", { B: "MGP:u32" }],
  ["agg_server_check_status", "Backend's aggregated gauge of servers' state check status", { B: "MGP:u32" }],
  ["agg_check_status", "Backend's aggregated gauge of servers' state check status", { B: "MGP:u32" }],
  [
    "ssl_sess",
    "Total number of ssl sessions established",
    { F: "MCP:u64", L: "MCP:u64", S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "ssl_reused_sess",
    "Total number of ssl sessions reused",
    { F: "MCP:u64", L: "MCP:u64", S: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "ssl_failed_handshake",
    "Total number of failed handshake",
    { F: "MCP:u64", L: "MCP:u64", S: "MCP:u64", B: "MCP:u64" },
  ],
  ["h2_headers_rcvd", "Total number of received HEADERS frames", { F: "MCP:u64", B: "MCP:u64" }],
  ["h2_data_rcvd", "Total number of received DATA frames", { F: "MCP:u64", B: "MCP:u64" }],
  ["h2_settings_rcvd", "Total number of received SETTINGS frames", { F: "MCP:u64", B: "MCP:u64" }],
  ["h2_rst_stream_rcvd", "Total number of received RST_STREAM frames", { F: "MCP:u64", B: "MCP:u64" }],
  ["h2_goaway_rcvd", "Total number of received GOAWAY frames", { F: "MCP:u64", B: "MCP:u64" }],
  [
    "h2_detected_conn_protocol_errors",
    "Total number of connection protocol errors",
    { F: "MCP:u64", B: "MCP:u64" },
  ],
  [
    "h2_detected_strm_protocol_errors",
    "Total number of stream protocol errors",
    { F: "MCP:u64", B: "MCP:u64" },
  ],
  ["h2_rst_stream_resp", "Total number of RST_STREAM sent on detected error", { F: "MCP:u64", B: "MCP:u64" }],
  ["h2_goaway_resp", "Total number of GOAWAY sent on detected error", { F: "MCP:u64", B: "MCP:u64" }],
  ["h2_open_connections", "Count of currently open connections", { F: "MGP:u64", B: "MGP:u64" }],
  ["h2_backend_open_streams", "Count of currently open streams", { F: "MGP:u64", B: "MGP:u64" }],
  ["h2_total_connections", "Total number of connections", { F: "MCP:u64", B: "MCP:u64" }],
  ["h2_backend_total_streams", "Total number of streams", { F: "MCP:u64", B: "MCP:u64" }],
  ["h1_open_connections", "Count of currently open connections", { F: "MGP:u64", B: "MGP:u64" }],
  ["h1_open_streams", "Count of currently open streams", { F: "MGP:u64", B: "MGP:u64" }],
  ["h1_total_connections", "Total number of connections", { F: "MCP:u64", B: "MCP:u64" }],
  ["h1_total_streams", "Total number of streams", { F: "MCP:u64", B: "MCP:u64" }],
  ["h1_bytes_in", "Total number of bytes received", { F: "MCP:u64", B: "MCP:u64" }],
  ["h1_bytes_out", "Total number of bytes send", { F: "MCP:u64", B: "MCP:u64" }],
  [
    "h1_spliced_bytes_in",
    "Total number of bytes received using kernel splicing",
    { F: "MCP:u64", B: "MCP:u64" },
  ],
  ["h1_spliced_bytes_out", "Total number of bytes sendusing kernel splicing", { F: "MCP:u64", B: "MCP:u64" }],
] as const satisfies readonly (readonly [string, string, Partial<Record<StatKind, FieldTag>>])[];

export type StatName = (typeof columns)[number][0];

export interface StatColumn {
  readonly name: StatName;
  readonly description: string;
  readonly tags: Readonly<Partial<Record<StatKind, FieldTag>>>;
}

export const statColumns: readonly StatColumn[] = columns.map(([name, description, tags]) => ({
  name,
  description,
  tags,
}));

/** How many there are before those of the modules (ssl, h2, h1): a "-" stands between them. */
export const ownColumns = statColumns.findIndex((column) => column.name === "ssl_sess");
