import { RondoError } from "../errors.js";
import { contains, covers, type Prefix, prefixText } from "../ipvs/prefix.js";
import { IpAddress } from "../wire/index.js";
import { fullLength, type HostState, isLinkLocal, linkNamed } from "./host-state.js";
import type { RouteStep } from "./step.js";
import type { MaskedWanted } from "./wanted.js";

/**
 * Routes through the director to clients that a nearer way is known to: those on a network of this host, or behind another
 * gateway. A network's own route can't be had twice, so its two halves are routed, which are longer and win. The director
 * itself stays on the link.
 */
export function clientSteps({ gateway, clients }: MaskedWanted, link: string, state: HostState): RouteStep[] {
  const wanted = new Map<string, Prefix>();
  for (const client of clients) {
    if (client.address.family !== gateway.family)
      throw new RondoError(
        "bad-client",
        `the clients ${prefixText(client)} and the gateway ${gateway} are of two families`,
        { exitStatus: 2 },
      );
    for (const prefix of nearer(client, gateway, link, state)) wanted.set(prefixText(prefix), prefix);
  }
  // Those with the gateway in them last: IPv6 wants a gateway to be on the link while routes through it are made.
  const routes = [...wanted.values()].sort(
    (a, b) => Number(contains(a, gateway)) - Number(contains(b, gateway)),
  );
  const steps = routes.map((destination): RouteStep => ({ kind: "route", destination, gateway, link }));
  if (!routes.some((prefix) => contains(prefix, gateway))) return steps;
  const itself = { address: gateway, length: fullLength(gateway) };
  return [{ kind: "route", destination: itself, link }, ...steps];
}

/** What has to be routed so that all of a network is reached by the gateway. */
function nearer(client: Prefix, gateway: IpAddress, link: string, state: HostState): Prefix[] {
  const others = state.routes.filter(
    ({ destination, hops }) =>
      destination.length > 0 &&
      destination.address.family === gateway.family &&
      hops.length > 0 &&
      !isLinkLocal(destination.address) &&
      !hops.some((hop) => linkNamed(state, hop.link)?.loopback) &&
      // What this makes itself: the way to the director, and by it.
      !(destination.length === fullLength(gateway) && destination.address.equals(gateway)) &&
      !(hops.length === 1 && hops[0]!.gateway?.equals(gateway) && hops[0]!.link === link),
  );
  const above = others.filter(({ destination }) => covers(destination, client));
  const within = others.filter(
    // A route to one host alone is there for a reason of its own.
    ({ destination }) =>
      covers(client, destination) &&
      destination.length > client.length &&
      destination.length < fullLength(destination.address),
  );
  const own = above.some(({ destination }) => destination.length === client.length);
  return [
    ...(own ? halves(client) : above.length > 0 ? [client] : []),
    ...within.flatMap(({ destination }) => halves(destination)),
  ];
}

/** A network's two halves, each a network. */
function halves({ address, length }: Prefix): Prefix[] {
  if (length === fullLength(address))
    throw new RondoError(
      "client-route",
      `there is a route to ${address} alone already, which isn't through the director`,
      {
        remedy: `Remove it: ip route del ${address}`,
      },
    );
  const upper = Uint8Array.from(address.bytes);
  upper[length >> 3]! |= 0x80 >> (length & 7);
  return [
    { address, length: length + 1 },
    { address: IpAddress.fromBytes(upper), length: length + 1 },
  ];
}
