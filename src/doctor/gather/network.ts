import type { Link, Network, OffloadStates } from "../../netlink/index.js";
import { IpAddress } from "../../wire/index.js";
import type { AddressFacts, LinkFacts, NeighbourFacts, RouteFacts, WayFacts } from "../facts.js";

/** Links, addresses and routes, which anybody may read. */
export interface NetworkFacts {
  readonly links: LinkFacts[];
  readonly addresses: AddressFacts[];
  readonly routes: RouteFacts[];
}

/** Reads them in the calling thread's network. */
export function readNetwork(network: Network): NetworkFacts {
  const links = network.links.list();
  const nameOf = new Map(links.map(({ index, name }) => [index, name]));
  const link = (index: number | undefined) => (index === undefined ? undefined : nameOf.get(index));
  return {
    links: links.map((each) => linkFacts(network, each)),
    addresses: network.addresses.list().map((each) => ({
      link: link(each.link) ?? "?",
      address: each.address.toString(),
      prefixLength: each.prefixLength,
      ...(each.label !== undefined && { label: each.label }),
      ...(each.duplicate && { duplicate: true }),
    })),
    routes: network.routes.list().flatMap((route) => {
      const common = {
        to: `${route.destination}/${route.prefixLength}`,
        type: route.type,
        metric: route.metric,
      };
      if (route.nextHops.length === 0) return [common];
      return route.nextHops.map((hop) => {
        const device = link(hop.link);
        return {
          ...common,
          ...(hop.gateway && { via: hop.gateway.toString() }),
          ...(device !== undefined && { link: device }),
        };
      });
    }),
  };
}

function linkFacts(network: Network, link: Link): LinkFacts {
  const states = link.loopback ? undefined : offloadsOf(network, link);
  return {
    name: link.name,
    index: link.index,
    ...(link.mac && !link.loopback && { mac: link.mac.toString() }),
    mtu: link.mtu,
    up: link.up,
    carrier: link.carrier,
    loopback: link.loopback,
    ethernet: link.hardwareType === 1 && link.kind !== "dummy",
    ...(link.kind !== undefined && { kind: link.kind }),
    port: link.master !== undefined,
    ...(link.related !== undefined && { peer: link.related }),
    xdp: link.xdp !== undefined,
    ...(states && { tx: states.isOn("tx"), gro: states.isOn("gro") }),
  };
}

/** undefined where the kernel or the device has none to tell. */
function offloadsOf(network: Network, link: Link): OffloadStates | undefined {
  try {
    return network.offloads.read(link.index);
  } catch {
    return undefined;
  }
}

/** What the host knows of its neighbours' MAC addresses. */
export function readNeighbours(network: Network, links: readonly LinkFacts[]): NeighbourFacts[] {
  const nameOf = new Map(links.map(({ index, name }) => [index, name]));
  return network.neighbours.list().map((each) => ({
    link: nameOf.get(each.link) ?? "?",
    address: each.address.toString(),
    ...(each.mac && { mac: each.mac.toString() }),
    state: each.state,
  }));
}

/** The way that the kernel knows to each address. */
export function readWays(network: Network, addresses: readonly string[]): WayFacts[] {
  return addresses.map((to) => {
    const way = network.routes.routeTo(IpAddress.of(to));
    if (!way) return { to, local: false };
    const link = way.link === undefined ? undefined : network.links.find(way.link)?.name;
    return {
      to,
      local: way.local,
      ...(link !== undefined && { link }),
      ...(way.gateway && { via: way.gateway.toString() }),
      ...(way.mtu !== undefined && { mtu: way.mtu }),
    };
  });
}
