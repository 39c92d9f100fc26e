import { spawnSync } from "node:child_process";
import { HostNetwork, tunnelEnds, tunnelLinks } from "../dataplane/xdp/index.js";
import { RondoError } from "../errors.js";
import type { Link, Route } from "../netlink/index.js";
import { isRoot, readSysctl } from "../sys/index.js";
import type { HostRoute, HostState } from "./host-state.js";

/**
 * Reads what a plan asks of this host; of our own programs (`programs`) only where it is about tunnels, as nothing else needs
 * a kernel that has BPF. Without root nothing is known of them.
 */
export function readHost(host: HostNetwork, programs: boolean): HostState {
  const { network } = host;
  const links = network.links.list();
  const names = new Map(links.map(({ index, name }) => [index, name]));
  const nameOf = (index: number) => names.get(index) ?? `#${index}`;
  const looks = programs && isRoot();
  const { unwrapping, clamping } = looks ? tunnelLinks(host) : { unwrapping: [], clamping: [] };
  return {
    links,
    addresses: network.addresses.list().map(({ link, address, prefixLength, label }) => ({
      link: nameOf(link),
      address,
      prefixLength,
      label,
    })),
    routes: network.routes.list().map((route) => routeIn(route, nameOf)),
    sysctl: currentSysctl,
    tunnels: looks ? tunnelEnds() : [],
    unwrapping: unwrapping.map(({ name }) => name),
    clamping: clamping.map(({ name }) => name),
    get hasIpip() {
      return hasIpip(links);
    },
  };
}

function routeIn(route: Route, nameOf: (index: number) => string): HostRoute {
  const { destination: address, prefixLength: length, nextHops, ...rest } = route;
  const hops = nextHops.map(({ gateway, link, weight }) => ({
    gateway,
    link: link === undefined ? "" : nameOf(link),
    weight,
  }));
  const { metric, source, mtu, protocol, type } = rest;
  return { destination: { address, length }, hops, metric, source, mtu, protocol, type };
}

/** A sysctl's value now; undefined where there is none of that name. */
export function currentSysctl(parts: readonly string[]): string | undefined {
  try {
    return readSysctl(parts);
  } catch (error) {
    if (error instanceof RondoError && error.code === "no-sysctl") return undefined;
    throw error;
  }
}

/** Whether there is tunl0, or a module that would bring it. */
function hasIpip(links: readonly Link[]): boolean {
  return links.some(({ kind }) => kind === "ipip") || spawnSync("modprobe", ["-nq", "ipip"]).status === 0;
}

/** Does some work with this host's network: that of the calling thread's namespace. */
export function withHost<T>(work: (host: HostNetwork) => T): T {
  const host = new HostNetwork();
  try {
    return work(host);
  } finally {
    host.close();
  }
}
