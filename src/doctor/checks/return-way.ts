import { typed } from "../../sys/index.js";
import { clientsOf, nameOf } from "../clients.js";
import { type Cluster, effective, hasAddress, isIpv4, linkOf, type Serving } from "../cluster.js";
import { linkSysctl, on, setSysctl } from "../commands.js";
import type { HostFacts } from "../facts.js";
import type { Check, Found } from "../finding.js";
import { connectedLink, wayFrom } from "../routing.js";

/** How a server by DR or TUN gets its answers to clients, which is past the director, and whether it takes their packets. */
export const returnWay: Check = {
  codes: {
    "no-way-back": {
      severity: "error",
      shows: "connections hang in SYN_RECV: the server's answers go nowhere",
    },
    "way-through-director": {
      severity: "error",
      shows: "connections hang: the director has the VIP itself, and drops what comes from it as forged",
    },
    "rp-filter": {
      severity: "error",
      shows: "tcpdump on the server sees the requests, its program never does",
    },
  },
  *look(cluster) {
    const seen = new Set<string>();
    for (const serving of cluster.servings) {
      const { host, director, method, vip } = serving;
      if ((method !== "droute" && method !== "tunnel") || !host || host === director) continue;
      if (vip !== undefined && !isIpv4(vip)) continue;
      for (const client of clientsOf(cluster, serving)) {
        const key = `${host.host} ${client}`;
        if (seen.has(key)) continue;
        seen.add(key);
        yield* toClient(cluster, serving, host, client);
      }
    }
  },
};

function* toClient(cluster: Cluster, serving: Serving, host: HostFacts, client: string): Iterable<Found> {
  const way = wayFrom(host, client);
  if (!way) {
    yield {
      code: "no-way-back",
      host: host.host,
      what: `this server has no route to ${nameOf(client)}`,
      cure: "Add a route to the clients, by a router other than the director: `ip route add default via …`.",
      explainedBy: [{ host: host.host, codes: ["link-down"] }],
    };
    return;
  }
  const director = cluster.directors.find((each) => way.via !== undefined && hasAddress(each, way.via));
  if (director && director !== host) {
    const other = wayFrom(host, client, way.via);
    yield {
      code: "way-through-director",
      host: host.host,
      what: `answers to ${nameOf(client)} go by ${way.via}, which is the director`,
      ...(other && {
        mend: on(
          host,
          typed`ip route del ${way.route === "0.0.0.0/0" ? "default" : way.route} via ${way.via!}`,
        ),
      }),
      cure: "By DR and TUN the servers' gateway is another router than the director.",
    };
  }
  const arrival = arrivalOf(serving, host);
  if (arrival !== undefined && arrival !== way.link && effective(host, "rp_filter", arrival) === 1)
    yield {
      code: "rp-filter",
      host: host.host,
      what: `rp_filter is strict at ${arrival}, where the director's packets come in, and the way back to ${nameOf(client)} is by ${way.link}`,
      // The greater one of "all" and the device's own counts: 2 is loose, whatever the other one is.
      mend: on(host, setSysctl(linkSysctl(arrival, "rp_filter"), 2)),
    };
}

/** Where packets from the director come in: the kernel's own tunnel device, or where the server's address is. */
function arrivalOf({ rip, method, vip }: Serving, host: HostFacts): string | undefined {
  const tunnel = host.links.find(({ kind, up }) => (kind === "ipip" || kind === "sit") && up);
  if (method === "tunnel" && tunnel && host.tunnelEnds.length === 0) return tunnel.name;
  if (rip !== undefined) return linkOf(host, rip);
  return host.tunnelEnds.find((end) => end.vip === vip)?.links[0] ?? connectedLink(host, vip ?? "");
}
