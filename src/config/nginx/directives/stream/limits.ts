import {
  type LimitConnections,
  type LimitZone,
  readLimitConnections,
  readLimitZone,
} from "../../readers/limits.js";
import { choice, custom, flag } from "../builders.js";
import { stream, streamServers } from "../contexts.js";

// ngx_stream_limit_conn_module.
export const limitConnZone = custom<readonly LimitZone[]>(
  "limit_conn_zone",
  stream,
  [2, 2],
  [],
  readLimitZone("stream_limit_conn", false),
);
export const limitConn = custom<readonly LimitConnections[] | undefined>(
  "limit_conn",
  streamServers,
  [2, 2],
  undefined,
  readLimitConnections("stream_limit_conn"),
);
export const limitConnLogLevel = choice("limit_conn_log_level", streamServers, "error", [
  "info",
  "notice",
  "warn",
  "error",
]);
export const limitConnDryRun = flag("limit_conn_dry_run", streamServers, false);
