import type { BalanceModel, UpstreamServer } from "../../model/index.js";
import { balanceBy, readHash, readRandom, readUpstreamServer, readZone } from "../../readers/upstream.js";
import { checkServers, inBalance, readUpstreamName } from "../../readers/upstream-block.js";
import { custom, many } from "../builders.js";
import { stream, streamUpstream } from "../contexts.js";

// ngx_stream_upstream, ngx_stream_upstream_hash_module, ngx_stream_upstream_least_conn_module, ngx_stream_upstream_random_module, ngx_stream_upstream_zone_module.
export const upstream = custom<string | undefined>("upstream", stream, [1, 1], undefined, readUpstreamName, {
  block: "stream-upstream",
  leave: (child) => checkServers(child, upstreamServer),
});
export const upstreamServer = custom<readonly UpstreamServer[]>(
  "server",
  streamUpstream,
  [1, many],
  [],
  readUpstreamServer(undefined),
);
export const hash = custom<BalanceModel | undefined>(
  "hash",
  streamUpstream,
  [1, 2],
  undefined,
  inBalance(readHash),
);
export const leastConn = custom<BalanceModel | undefined>(
  "least_conn",
  streamUpstream,
  [0, 0],
  undefined,
  inBalance(balanceBy("least_conn")),
);
export const random = custom<BalanceModel | undefined>(
  "random",
  streamUpstream,
  [0, 2],
  undefined,
  inBalance(readRandom),
);
export const zone = custom<{ readonly name: string; readonly size: number } | undefined>(
  "zone",
  streamUpstream,
  [1, 2],
  undefined,
  readZone("stream_upstream"),
);
