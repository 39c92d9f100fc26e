import type { Fetches } from "../registry.js";
import { bool, sint, str } from "../value.js";

/** What is known of the stream itself. */
export const streamFetches: Fetches = {
  last_rule_file:
    () =>
    ({ stream }) =>
      stream?.lastRule && str(stream.lastRule.file),
  last_rule_line:
    () =>
    ({ stream }) =>
      stream?.lastRule && sint(stream.lastRule.line),
  prio_class:
    () =>
    ({ stream }) =>
      stream && sint(stream.priorityClass),
  prio_offset:
    () =>
    ({ stream }) =>
      stream && sint(stream.priorityOffset),
  cur_server_timeout:
    () =>
    ({ stream }) =>
      stream?.serverTimeoutMs === undefined ? undefined : sint(stream.serverTimeoutMs),
  cur_tunnel_timeout:
    () =>
    ({ stream }) =>
      stream?.tunnelTimeoutMs === undefined ? undefined : sint(stream.tunnelTimeoutMs),
  "internal.strm.is_htx":
    () =>
    ({ stream }) =>
      stream && bool(stream.http !== undefined),
  stopping: (_, environment) => () => bool(environment.process.leaving === true),
};
