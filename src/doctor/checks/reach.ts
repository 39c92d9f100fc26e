import { distinct, hasAddress, type Serving } from "../cluster.js";
import { endpoint } from "../commands.js";
import type { Check } from "../finding.js";

/** Whether the director gets packets to its real servers. */
export const reach: Check = {
  codes: {
    "server-no-route": { severity: "error", shows: 'clients are told "no route to host" (counted no_route)' },
    "server-not-connected": {
      severity: "error",
      shows: "requests for this server go to a router, which sends them back to the director or drops them",
    },
    "server-unreachable": {
      severity: "error",
      shows: 'connections to this server hang, then "no route to host"',
    },
    "server-silent": { severity: "error", shows: "connections to this server time out" },
  },
  *look({ servings }) {
    for (const serving of distinct(
      servings,
      ({ director, rip, method }) => `${director?.host} ${rip} ${method}`,
    )) {
      const { director, rip, server } = serving;
      if (!director || rip === undefined || !server || hasAddress(director, rip)) continue;
      yield* toServer(serving as Serving & { director: NonNullable<Serving["director"]>; rip: string });
    }
  },
};

/** What on the server's side keeps it from answering. */
const serversFaults = ["link-down", "no-carrier", "address-duplicate", "vip-mask", "mtu-mismatch"];

/** What keeps its answers from coming. */
const unanswered = ["firewall-drop", "listener-stuck", "nat-gateway", "no-way-back", "rp-filter"];

function* toServer({
  director,
  rip,
  method,
  host,
  server,
}: Serving & { director: NonNullable<Serving["director"]>; rip: string }) {
  const way = director.ways.find(({ to }) => to === rip);
  const directorsFaults = { host: director.host, codes: ["link-down", "no-carrier", "mtu-mismatch"] };
  if (!way || way.local) return;
  if (way.link === undefined) {
    yield {
      code: "server-no-route",
      host: director.host,
      what: `there is no route to the real server ${rip}`,
      cure: `Add one: \`ip route add ${rip} …\`.`,
      explainedBy: [directorsFaults],
    };
    return;
  }
  if (method === "droute" && way.via !== undefined)
    yield {
      code: "server-not-connected",
      host: director.host,
      what: `the way to ${rip} is by the router ${way.via}, and DR reaches only servers on a network of the director's own`,
      cure: `Use TUN (\`-i\`) or NAT (\`-m\`) for it, or put director and server on one network.`,
      explainedBy: [directorsFaults],
    };
  const hop = way.via ?? rip;
  const neighbour = director.neighbours.find(({ link, address }) => link === way.link && address === hop);
  const byServer = { host: host?.host, codes: serversFaults };
  if (neighbour && neighbour.mac === undefined && ["failed", "incomplete"].includes(neighbour.state)) {
    yield {
      code: "server-unreachable",
      host: director.host,
      what: `${hop === rip ? `the real server ${rip}` : `the router ${hop}, by which ${rip} is reached,`} does not answer ARP at ${way.link}`,
      cure: host ? `See whether ${host.host} is up, and its interface.` : `See whether ${hop} is up.`,
      explainedBy: [directorsFaults, byServer],
    };
    return;
  }
  const tried = director.connects.find(
    ({ address, port }) => address === rip && port === (server?.port ?? 0),
  );
  // By DR and TUN a server may have good reasons to talk to the VIP's clients alone.
  if (method !== "masq") return;
  if (tried?.result === "silent" || tried?.result === "unreachable")
    yield {
      code: "server-silent",
      host: director.host,
      what: `${endpoint(rip, tried.port)} does not answer a connection from the director`,
      cure: "A packet filter on the way or on the server, or a server that is overloaded.",
      explainedBy: [
        directorsFaults,
        { host: director.host, codes: ["server-unreachable"] },
        { host: host?.host, codes: [...serversFaults, ...unanswered] },
      ],
    };
}
