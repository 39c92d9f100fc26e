import { readRealIpFrom } from "../../readers/access.js";
import { custom } from "../builders.js";
import { streamServers } from "../contexts.js";

// ngx_stream_realip_module.
export const setRealIpFrom = custom<readonly string[] | undefined>(
  "set_real_ip_from",
  streamServers,
  [1, 1],
  undefined,
  readRealIpFrom,
);
