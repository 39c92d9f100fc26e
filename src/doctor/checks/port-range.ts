import { distinct } from "../cluster.js";
import { on, setSysctl } from "../commands.js";
import type { Check } from "../finding.js";

/** The kernel's own default: 28 232 ports. */
const usual = "32768 60999";
/** Fewer are used up by a health check or a proxy. */
const least = 10_000;

/** Ports that a host takes for its own connections. */
export const portRange: Check = {
  codes: {
    "ports-few": {
      severity: "warning",
      shows:
        'programs on this host that connect elsewhere fail now and then ("cannot assign requested address")',
    },
    "port-taken": {
      severity: "warning",
      shows: "now and then the server's program can't start (\"address already in use\")",
    },
  },
  *look({ directors, servings }) {
    for (const host of new Set([...directors, ...servings.flatMap((each) => each.host ?? [])])) {
      const [first, last] = (host.sysctls["net.ipv4.ip_local_port_range"] ?? "").split(" ").map(Number);
      if (first === undefined || last === undefined) continue;
      if (last - first + 1 < least)
        yield {
          code: "ports-few",
          host: host.host,
          what: `this host has only the ports ${first} to ${last} for connections of its own`,
          mend: on(host, setSysctl("net.ipv4.ip_local_port_range", usual)),
        };
      const reserved = (host.sysctls["net.ipv4.ip_local_reserved_ports"] ?? "").split(",").filter(Boolean);
      const ports = servings
        .filter((each) => each.host === host)
        .map(({ method, server, service }) => (method === "masq" ? server?.port : service?.port) ?? 0)
        .filter((port) => port >= first && port <= last && !reserved.some((range) => isIn(range, port)));
      for (const port of distinct(ports, String)) {
        // The command for the next port has this one in it, too: each replaces the whole list.
        reserved.push(`${port}`);
        yield {
          code: "port-taken",
          host: host.host,
          what: `the server's port ${port} is one of those that any connection of this host may take (${first} to ${last})`,
          mend: on(host, setSysctl("net.ipv4.ip_local_reserved_ports", reserved.join(","))),
        };
      }
    }
  },
};

/** "8080" or "8000-8090". */
function isIn(range: string, port: number): boolean {
  const [first, last = first] = range.split("-").map(Number);
  return port >= first! && port <= last!;
}
