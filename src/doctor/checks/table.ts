import { on } from "../commands.js";
import { counted } from "../counted.js";
import type { HostFacts } from "../facts.js";
import type { Check, Found } from "../finding.js";

/** Some entries of the connection table find no place before all are in use. */
const nearlyFull = 0.75;

/** What the packet program says of itself: its table, and what it had to drop. */
export const table: Check = {
  codes: {
    "table-full": {
      severity: "error",
      shows: "some or all new connections hang: their first packets are dropped",
    },
    "table-growing": { severity: "warning", shows: "the director works on with two tables, somewhat slower" },
    "packets-dropped": {
      severity: "warning",
      shows: "some packets were lost, or their senders told so by ICMP",
    },
  },
  *look({ directors }) {
    for (const host of directors) yield* about(host);
  },
};

function* about(host: HostFacts): Iterable<Found> {
  const { director } = host;
  if (!director) return;
  const { entries, connections, growing } = director.table;
  const share = entries === 0 ? 0 : connections / entries;
  if (growing)
    yield {
      code: "table-growing",
      host: host.host,
      what: "a larger connection table was begun and is not finished",
      mend: on(host, "rondo director resize"),
    };
  if (share >= nearlyFull)
    yield {
      code: "table-full",
      host: host.host,
      what: `${connections} of the connection table's ${entries} entries are in use`,
      mend: on(host, `rondo director resize ${2 * entries}`),
    };
  for (const [event, { what, cure }] of Object.entries(troubles)) {
    const count = director.events[event] ?? 0;
    if (count === 0) continue;
    yield {
      code: "packets-dropped",
      host: host.host,
      what: `since the director was made ${counted(count, "packet")} ${what} (${event})`,
      cure,
    };
  }
}

/** Events that mean trouble, and what to do; others are everyday life, or told of by checks that know why. */
const troubles: Readonly<Record<string, { what: string; cure: string }>> = {
  table_full: {
    what: "found no place in the connection table",
    cure: "Make it larger: `rondo director resize ENTRIES`.",
  },
  no_server: {
    what: "came when no real server could take them",
    cure: "Weights above 0, more servers, or larger thresholds (`-x`).",
  },
  no_route: {
    what: "could not be sent to their real server",
    cure: "See that servers that are gone have weight 0.",
  },
  forwarding_off: {
    what: "came while lo.forwarding was 0",
    cure: "Find who writes 0 to net.ipv4.ip_forward, and have it write lo.forwarding 1 after that.",
  },
  dropped_packet: { what: "were dropped by drop_packet", cure: "See `rondo director settings`." },
  dropped_entry: {
    what: "lost their connection by drop_entry",
    cure: "See `rondo director settings`, and the table's size.",
  },
  insert_limited: { what: "were over insert_limit", cure: "See `rondo director settings`." },
  no_neighbour: {
    what: "of NAT servers' answers found no way to their client",
    cure: "Attach the director at tc: `rondo director attach --hook tc`.",
  },
  no_headroom: {
    what: "had no room before them for a tunnel's header",
    cure: "Attach the director at tc: `rondo director attach --hook tc`.",
  },
};
