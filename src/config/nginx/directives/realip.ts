import { readRealIpFrom } from "../readers/access.js";
import { wordOnce } from "../readers/words.js";
import { custom, flag } from "./builders.js";
import { levels } from "./contexts.js";

// ngx_http_realip_module.
export const setRealIpFrom = custom<readonly string[] | undefined>(
  "set_real_ip_from",
  levels,
  [1, 1],
  undefined,
  readRealIpFrom,
);
export const realIpHeader = custom<string>("real_ip_header", levels, [1, 1], "X-Real-IP", wordOnce);
export const realIpRecursive = flag("real_ip_recursive", levels, false);
