import { distinct, linkOf, type Serving } from "../cluster.js";
import { endpoint, on } from "../commands.js";
import type { HostFacts } from "../facts.js";
import type { Check, Found, Mend } from "../finding.js";
import { chainsOf } from "../firewall/chains.js";
import { judge, type Packet } from "../firewall/judge.js";

/**
 * Packet filters on real servers. On the director there is nothing to look at but for servers of its own: what it sends on is
 * taken before any of its rules is asked.
 */
export const firewall: Check = {
  codes: {
    "firewall-drop": { severity: "error", shows: "connections to this server time out, or are refused" },
  },
  *look(cluster) {
    const asked = cluster.servings.filter(({ host, service }) => host && service?.port);
    for (const serving of distinct(asked, ({ rip, service }) => `${rip} ${service?.name}`)) {
      const host = serving.host!;
      const packet = requestTo(serving, host);
      if (!packet) continue;
      for (const stop of stopsOf(host, packet)) yield { code: "firewall-drop", host: host.host, ...stop };
    }
  },
};

/** What of a host's packet filter stops a request to it, or the answer. */
export function* stopsOf(
  host: HostFacts,
  request: Packet,
): Generator<Pick<Found, "what"> & { mend: Mend[] }> {
  const chains = chainsOf(host.firewall);
  const answer: Packet = {
    hooks: ["output", "postrouting"],
    protocol: request.protocol,
    source: request.destination!,
    sourcePort: request.port!,
    state: "established",
  };
  for (const [one, name] of [
    [request, "requests for"],
    [answer, "answers from"],
  ] as const) {
    const stop = judge(chains, one);
    if (!stop) continue;
    const where = endpoint(request.destination!, request.port!);
    yield {
      what: `${name} ${where} are ${stop.verdict === "reject" ? "rejected" : "dropped"} by ${stop.by}`,
      mend: on(host, stop.remove ?? stop.allow(one)),
    };
  }
}

function requestTo({ service, server, method, vip, rip }: Serving, host: HostFacts): Packet | undefined {
  const protocol = service?.protocol;
  if (!protocol || !server || !service.port) return undefined;
  const destination = method === "masq" ? rip : vip;
  if (destination === undefined || rip === undefined) return undefined;
  const link = linkOf(host, rip);
  return {
    hooks: ["prerouting", "input"],
    protocol,
    destination,
    port: method === "masq" ? server.port || service.port : service.port,
    state: "new",
    ...(link !== undefined && { in: link }),
  };
}
