import { eligible, type TunnelTypes } from "../dataplane/xdp/index.js";
import { contains, type Prefix } from "../ipvs/prefix.js";
import type { Link } from "../netlink/index.js";
import type { IpAddress } from "../wire/index.js";

/** What a plan asks of a network device. */
export type HostLink = Pick<
  Link,
  "index" | "name" | "up" | "loopback" | "hardwareType" | "kind" | "master" | "mac" | "mtu"
>;

/** An address and the device that has it. */
export interface HostAddress {
  readonly link: string;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly label?: string | undefined;
}

/** A route of the table main, with devices by name. */
export interface HostRoute {
  /** All zeros with length 0: the default route. */
  readonly destination: Prefix;
  /** One, or several that share; none: unreachable and the like, or a nexthop object. */
  readonly hops: readonly HostHop[];
  readonly metric: number;
  readonly source?: IpAddress | undefined;
  readonly mtu?: number | undefined;
  /** Who made it: "kernel", "static", "dhcp" ... */
  readonly protocol: string;
  readonly type: string;
  /** The gateway is on the link although no route says so. */
  readonly onLink?: boolean;
}

export interface HostHop {
  /** undefined: the destination is on the link itself. */
  readonly gateway?: IpAddress | undefined;
  readonly link: string;
  readonly weight?: number | undefined;
}

/** A VIP that a program of ours takes packets for out of tunnels. */
export interface HostTunnel {
  readonly vip: IpAddress;
  readonly types: TunnelTypes;
  /** Packets so far. */
  readonly packets: bigint;
}

/** A host as a plan sees it: what was read of it, at one time. */
export interface HostState {
  readonly links: readonly HostLink[];
  readonly addresses: readonly HostAddress[];
  readonly routes: readonly HostRoute[];
  /** A sysctl's value by its parts; undefined: this kernel or this host has no such sysctl. */
  sysctl(parts: readonly string[]): string | undefined;
  readonly tunnels: readonly HostTunnel[];
  /** Interfaces at which a program of ours takes packets out of tunnels. */
  readonly unwrapping: readonly string[];
  /** Interfaces at which the MSS of answers is lowered. */
  readonly clamping: readonly string[];
  /** Whether the kernel has IPIP, or has a module of it to load. */
  readonly hasIpip: boolean;
}

/** Ethernet interfaces that are up, and no port of a bridge. */
export const ethernets = (state: HostState): HostLink[] => eligible(state.links);

export const linkNamed = (state: HostState, name: string): HostLink | undefined =>
  state.links.find((link) => link.name === name);

export const fullLength = (address: IpAddress): number => 8 * address.bytes.length;

/** The addresses of the host that are this one. */
export const ownersOf = (state: HostState, address: IpAddress): HostAddress[] =>
  state.addresses.filter((one) => one.address.equals(address));

/** The route that packets for an address take: the longest prefix, then the lowest metric. Policy rules are not asked. */
export function routeFor(state: HostState, address: IpAddress): HostRoute | undefined {
  return state.routes
    .filter(({ destination }) => contains(destination, address))
    .sort((a, b) => b.destination.length - a.destination.length || a.metric - b.metric)[0];
}

/** The device on whose network an address is, if it is on one. */
export function linkTowards(state: HostState, address: IpAddress): string | undefined {
  const [hop, ...more] = routeFor(state, address)?.hops ?? [];
  return hop && more.length === 0 && !hop.gateway ? hop.link : undefined;
}

/**
 * Whether the gateways of a route are on its links, as the kernel asks when the route is made: it looks at routes without a
 * gateway alone.
 */
export const reachesGateways = (state: HostState, { hops }: HostRoute): boolean =>
  hops.every(
    ({ gateway, link }) =>
      !gateway ||
      isLinkLocal(gateway) ||
      state.routes.some(
        (route) =>
          contains(route.destination, gateway) && route.hops.some((hop) => !hop.gateway && hop.link === link),
      ),
  );

/** Default routes of a family, the one that is taken first. */
export const defaultRoutes = (state: HostState, family: 4 | 6): HostRoute[] =>
  state.routes
    .filter(({ destination }) => destination.length === 0 && destination.address.family === family)
    .sort((a, b) => a.metric - b.metric);

/** Networks that the host is on, without its lo. */
export const connected = (state: HostState, family: 4 | 6): HostRoute[] =>
  state.routes.filter(
    ({ destination, hops }) =>
      destination.length > 0 &&
      destination.address.family === family &&
      !isLinkLocal(destination.address) &&
      hops.length === 1 &&
      !hops[0]!.gateway &&
      !linkNamed(state, hops[0]!.link)?.loopback,
  );

/** fe80::/10 */
export const isLinkLocal = ({ family, bytes }: IpAddress): boolean =>
  family === 6 && bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
