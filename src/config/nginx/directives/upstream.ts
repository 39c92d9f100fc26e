import type { BalanceModel, UpstreamServer } from "../model/index.js";
import { balanceBy, readHash, readRandom, readUpstreamServer, readZone } from "../readers/upstream.js";
import { checkServers, inBalance, readKeepalive, readUpstreamName } from "../readers/upstream-block.js";
import { custom, many, milliseconds, number } from "./builders.js";
import { http, httpUpstream } from "./contexts.js";

// ngx_http_upstream, ngx_http_upstream_hash_module, ngx_http_upstream_ip_hash_module, ngx_http_upstream_keepalive_module, ngx_http_upstream_least_conn_module, ngx_http_upstream_random_module, ngx_http_upstream_zone_module.
export const upstream = custom<string | undefined>("upstream", http, [1, 1], undefined, readUpstreamName, {
  block: "http-upstream",
  leave: (child) => checkServers(child, upstreamServer),
});
export const upstreamServer = custom<readonly UpstreamServer[]>(
  "server",
  httpUpstream,
  [1, many],
  [],
  readUpstreamServer(80),
);
export const hash = custom<BalanceModel | undefined>(
  "hash",
  httpUpstream,
  [1, 2],
  undefined,
  inBalance(readHash),
);
export const ipHash = custom<BalanceModel | undefined>(
  "ip_hash",
  httpUpstream,
  [0, 0],
  undefined,
  inBalance(balanceBy("ip_hash")),
);
export const keepalive = custom<number | undefined>(
  "keepalive",
  httpUpstream,
  [1, 1],
  undefined,
  readKeepalive,
);
export const upstreamKeepaliveTime = milliseconds("keepalive_time", httpUpstream, 3600000);
export const upstreamKeepaliveTimeout = milliseconds("keepalive_timeout", httpUpstream, 60000);
export const upstreamKeepaliveRequests = number("keepalive_requests", httpUpstream, 1000);
export const leastConn = custom<BalanceModel | undefined>(
  "least_conn",
  httpUpstream,
  [0, 0],
  undefined,
  inBalance(balanceBy("least_conn")),
);
export const random = custom<BalanceModel | undefined>(
  "random",
  httpUpstream,
  [0, 2],
  undefined,
  inBalance(readRandom),
);
export const zone = custom<{ readonly name: string; readonly size: number } | undefined>(
  "zone",
  httpUpstream,
  [1, 2],
  undefined,
  readZone("http_upstream"),
);
