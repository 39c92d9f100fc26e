import type { AccessRule } from "../../model/index.js";
import { accessRule } from "../../readers/access.js";
import { custom } from "../builders.js";
import { streamServers } from "../contexts.js";

// ngx_stream_access_module.
export const allow = custom<readonly AccessRule[] | undefined>(
  "allow",
  streamServers,
  [1, 1],
  undefined,
  (statement, _block, before, reading) => [...(before ?? []), accessRule(statement, reading)],
);
export const deny = custom<readonly AccessRule[] | undefined>(
  "deny",
  streamServers,
  [1, 1],
  undefined,
  (statement, block, _before, reading) => {
    block.set(allow, [...(block.own(allow) ?? []), accessRule(statement, reading)]);
    return undefined;
  },
);
