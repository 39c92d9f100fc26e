import { typed } from "../../sys/index.js";
import { distinct, hostsServing, linkOf, type Serving } from "../cluster.js";
import { on } from "../commands.js";
import type { HostFacts, ServerFacts } from "../facts.js";
import type { Check } from "../finding.js";

/** A real server behind a tunnel has to take packets out of it, and there must be room for the outer header. */
export const tunnels: Check = {
  codes: {
    "no-decapsulation": {
      severity: "error",
      shows: 'connections to this server hang; tcpdump there sees "IP director > server: IP client > VIP"',
    },
    "tunnel-type": {
      severity: "error",
      shows: "connections to this server hang: it takes another kind of tunnel than the director sends",
    },
    "tunnel-mtu": {
      severity: "warning",
      shows:
        "uploads begin with a delay, or hang where ICMP is dropped: full packets don't fit into the tunnel",
    },
  },
  *look(cluster) {
    for (const serving of hostsServing(cluster, ["tunnel"])) yield* endOf(serving.host, serving.vip, serving);
    for (const director of cluster.directors) {
      const tooBig = director.director?.events["too_big"] ?? 0;
      if (tooBig === 0) continue;
      const far = cluster.servings.filter((each) => each.director === director && each.method === "tunnel");
      const wide = distinct(
        far.filter(({ host, vip }) => !isClamped(host, vip)),
        ({ rip, vip }) => `${rip} ${vip}`,
      );
      if (wide.length > 0)
        yield {
          code: "tunnel-mtu",
          host: director.host,
          what: `${tooBig} packets didn't fit into the tunnel to ${[...new Set(wide.map(({ rip }) => rip))].join(", ")}, and the servers let clients send so much`,
          mend: wide.flatMap(({ host, vip }) =>
            host && vip !== undefined ? on(host, `${tunFor(vip)}${keptType(host, vip)} --clamp-mss`) : [],
          ),
          cure: "On each of those servers: `rondo realserver tun VIP --clamp-mss`; or give the way to them a larger MTU.",
        };
    }
  },
};

function* endOf(host: HostFacts, vip: string, { server, rip }: Serving) {
  // The kernel's own end: what comes for it is taken whatever the VIP is.
  if (host.links.some(({ kind, up }) => up && (kind === "ipip" || kind === "sit" || kind === "gre"))) return;
  const end = host.tunnelEnds.find((each) => each.vip === vip);
  const arrival = rip === undefined ? undefined : linkOf(host, rip);
  const type = server?.tunnel;
  if ((type?.type ?? "ipip") === "ipip" && isUnwrapped(host, arrival)) return;
  if (!end || (arrival !== undefined && !end.links.includes(arrival)))
    yield {
      code: "no-decapsulation",
      host: host.host,
      what: `packets for ${vip} in tunnels are not taken out of them${end && arrival !== undefined ? ` at ${arrival}` : ""}`,
      mend: on(host, `${tunFor(vip)}${typeWords(type)}`),
      explainedBy: [{ host: host.host, codes: ["link-down"] }],
    };
  else if (type && !takes(end, type))
    yield {
      code: "tunnel-type",
      host: host.host,
      what: `the director sends packets for ${vip} by ${type.type}${type.type === "gue" ? ` to port ${type.port}` : ""}, which this server doesn't take`,
      mend: on(host, `${tunFor(vip)}${typed` --type ${typeName(type)}`}`),
    };
}

/** As by the kernel's tunl0, on a lab's host. */
function isUnwrapped({ links, standIn }: HostFacts, arrival: string | undefined): boolean {
  const isUp = links.some(({ name, up }) => name === standIn?.device && up);
  return isUp && standIn!.links.some((link) => arrival === undefined || link === arrival);
}

const tunFor = (vip: string): string => typed`rondo realserver tun ${vip}`;

type Tunnel = NonNullable<ServerFacts["tunnel"]>;

const takes = (end: HostFacts["tunnelEnds"][number], { type, port }: Tunnel): boolean =>
  type === "gue" ? end.gue === port : end[type];

const typeName = ({ type, port }: Tunnel): string => (type === "gue" ? `gue:${port}` : type);

/** What it takes now, unless that is all. */
function keptType({ tunnelEnds }: HostFacts, vip: string): string {
  const end = tunnelEnds.find((each) => each.vip === vip);
  if (!end || (end.ipip && end.gre)) return "";
  return typed` --type ${end.gue !== undefined ? `gue:${end.gue}` : end.ipip ? "ipip" : "gre"}`;
}

/** What everybody takes need not be said. */
const typeWords = (tunnel: Tunnel | undefined): string =>
  tunnel?.type === "gue" && tunnel.port !== 6080 ? typed` --type ${typeName(tunnel)}` : "";

const isClamped = (host: HostFacts | undefined, vip: string | undefined): boolean =>
  host?.tunnelEnds.some((end) => end.vip === vip && end.clamped.length > 0) ?? false;
