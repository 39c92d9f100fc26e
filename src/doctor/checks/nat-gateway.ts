import { typed } from "../../sys/index.js";
import { clientsOf, isAnybody, nameOf } from "../clients.js";
import { hasAddress, type Serving } from "../cluster.js";
import { on } from "../commands.js";
import type { Check } from "../finding.js";
import { connectedNetwork, holds, wayFrom } from "../routing.js";

/** By NAT a server's answer has to come back through the director, which alone knows what to write over its addresses. */
export const natGateway: Check = {
  codes: {
    "nat-gateway": {
      severity: "error",
      shows:
        "connections hang in SYN_RECV: the client gets answers from an address that it never asked, or none",
    },
    "nat-same-network": {
      severity: "error",
      shows:
        "this client's connections hang: the server answers it directly, from an address that it never asked",
    },
  },
  *look(cluster) {
    const seen = new Set<string>();
    for (const serving of cluster.servings) {
      const { host, director, rip, method } = serving;
      if (method !== "masq" || !host || !director || rip === undefined || host === director) continue;
      for (const client of clientsOf(cluster, serving)) {
        const key = `${host.host} ${client}`;
        if (seen.has(key)) continue;
        seen.add(key);
        const way = wayFrom(host, client);
        if (way?.via !== undefined && cluster.directors.some((each) => hasAddress(each, way.via!))) continue;
        const gateway = gatewayOf(serving);
        const isConnected = !isAnybody(client) && connectedNetwork(host, client) !== undefined;
        if (isConnected)
          yield {
            code: "nat-same-network",
            host: host.host,
            what: `${client} is in this server's own network and is answered past the director`,
            ...(gateway && {
              mend: on(host, `${ipFor(gateway)} ${typed`route replace ${client} via ${gateway}`}`),
            }),
            cure: "Such clients need DR, or a route through the director.",
          };
        else {
          const where = way?.via !== undefined ? `by ${way.via}` : way ? `by ${way.link}` : "nowhere";
          const to = way && !way.route.endsWith("/0") ? way.route : "default";
          yield {
            code: "nat-gateway",
            host: host.host,
            what: `answers to ${nameOf(client)} go ${where}, not back through the director${gateway ? ` (${gateway})` : ""}`,
            ...(gateway && {
              mend: on(host, `${ipFor(gateway)} ${typed`route replace ${to} via ${gateway}`}`),
            }),
            explainedBy: [{ host: host.host, codes: ["link-down"] }],
          };
        }
      }
    }
  },
};

/** The director's own address in the server's network: not a VIP, if there is another one. */
function gatewayOf({ director, host, rip }: Serving): string | undefined {
  const network = host?.addresses.find(({ address }) => address === rip);
  if (!director || !network) return undefined;
  const vips = new Set(director.services.map(({ vip }) => vip));
  const near = director.addresses
    .map(({ address }) => address)
    .filter((address) => holds(`${network.address}/${network.prefixLength}`, address));
  return near.find((address) => !vips.has(address)) ?? near[0];
}

const ipFor = (gateway: string): string => (gateway.includes(":") ? "ip -6" : "ip");
