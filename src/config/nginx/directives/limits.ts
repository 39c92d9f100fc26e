import {
  type LimitConnections,
  type LimitRequests,
  type LimitZone,
  readLimitConnections,
  readLimitRequests,
  readLimitZone,
} from "../readers/limits.js";
import { bounds, choice, custom, flag, number } from "./builders.js";
import { http, levels } from "./contexts.js";

// ngx_http_limit_conn_module, ngx_http_limit_req_module.
export const limitConnZone = custom<readonly LimitZone[]>(
  "limit_conn_zone",
  http,
  [2, 2],
  [],
  readLimitZone("limit_conn", false),
);
export const limitConn = custom<readonly LimitConnections[] | undefined>(
  "limit_conn",
  levels,
  [2, 2],
  undefined,
  readLimitConnections("limit_conn"),
);
export const limitConnLogLevel = choice("limit_conn_log_level", levels, "error", [
  "info",
  "notice",
  "warn",
  "error",
]);
export const limitConnStatus = number("limit_conn_status", levels, 503, { check: bounds(400, 599) });
export const limitConnDryRun = flag("limit_conn_dry_run", levels, false);
export const limitReqZone = custom<readonly LimitZone[]>(
  "limit_req_zone",
  http,
  [3, 3],
  [],
  readLimitZone("limit_req", true),
);
export const limitReq = custom<readonly LimitRequests[] | undefined>(
  "limit_req",
  levels,
  [1, 3],
  undefined,
  readLimitRequests,
);
export const limitReqLogLevel = choice("limit_req_log_level", levels, "error", [
  "info",
  "notice",
  "warn",
  "error",
]);
export const limitReqStatus = number("limit_req_status", levels, 503, { check: bounds(400, 599) });
export const limitReqDryRun = flag("limit_req_dry_run", levels, false);
