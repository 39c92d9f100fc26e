// Hosts for the checks' tests: a healthy cluster by each method, in which a test then changes one thing.

import { examine } from "../../src/doctor/examine.js";
import {
  factsFormat,
  type HostFacts,
  type LinkFacts,
  type Method,
  type ServerFacts,
} from "../../src/doctor/facts.js";
import type { Check } from "../../src/doctor/finding.js";

export const vip = "192.168.4.15";

/** A host with one interface and one address. */
export function host(name: string, address: string, more: Partial<HostFacts> = {}): HostFacts {
  const network = `${address.split(".").slice(0, 3).join(".")}.0/24`;
  return {
    format: factsFormat,
    host: name,
    at: 0,
    links: [
      { ...link("lo"), index: 1, mtu: 65536, loopback: true, ethernet: false },
      { ...link("eth0"), mac: macOf(address) },
    ],
    addresses: [
      { link: "lo", address: "127.0.0.1", prefixLength: 8 },
      { link: "eth0", address, prefixLength: 24 },
    ],
    routes: [{ to: network, link: "eth0", type: "unicast", metric: 0 }],
    neighbours: [],
    sysctls: {},
    listening: [],
    listenOverflows: 0,
    services: [],
    tunnelEnds: [],
    ways: [],
    arp: [],
    connects: [],
    clocks: [],
    firewall: {},
    unseen: [],
    ...more,
  };
}

export const macOf = (address: string): string =>
  `02:00:${address
    .split(".")
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join(":")}`;

export const link = (name: string, more: Partial<LinkFacts> = {}): LinkFacts => ({
  name,
  index: 2,
  mtu: 1500,
  up: true,
  carrier: true,
  loopback: false,
  ethernet: true,
  port: false,
  xdp: false,
  ...more,
});

export const realServer = (
  address: string,
  method: Method,
  more: Partial<ServerFacts> = {},
): ServerFacts => ({
  address,
  port: 80,
  method,
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
  connections: 0,
  ...more,
});

const quiet = { "net.ipv4.conf.all.arp_ignore": "1", "net.ipv4.conf.all.arp_announce": "2" };

/** client, director, web1 and web2 in 192.168.4.0/24 (.10, .5, .100, .200); by NAT the servers in 192.168.2.0/24. */
export function cluster(method: Method): Record<"client" | "director" | "web1" | "web2", HostFacts> {
  const isNat = method === "masq";
  const inner = isNat ? "192.168.2" : "192.168.4";
  const rips = [`${inner}.100`, `${inner}.200`] as const;
  const director = host("director", "192.168.4.5", {
    services: [
      {
        name: `-t ${vip}:80`,
        protocol: "tcp",
        vip,
        port: 80,
        scheduler: "rr",
        persistent: false,
        servers: rips.map((rip) => realServer(rip, method)),
      },
    ],
    director: {
      attached: [{ link: "eth0", hook: "tcx" }, ...(isNat ? [{ link: "eth1", hook: "tcx" }] : [])],
      automatic: true,
      table: { entries: 65536, connections: 0, growing: false },
      events: {},
    },
    sysctls: { "net.ipv4.conf.lo.forwarding": "1" },
    ways: [
      { to: vip, local: true, link: "lo" },
      ...rips.map((to) => ({ to, local: false, link: isNat ? "eth1" : "eth0" })),
    ],
  });
  const web = (name: string, rip: string): HostFacts => {
    const plain = host(name, rip, { listening: [{ protocol: "tcp", address: "0.0.0.0", port: 80 }] });
    if (isNat)
      return {
        ...plain,
        routes: [
          ...plain.routes,
          { to: "0.0.0.0/0", via: `${inner}.5`, link: "eth0", type: "unicast", metric: 0 },
        ],
      };
    return {
      ...plain,
      addresses: [...plain.addresses, { link: "lo", address: vip, prefixLength: 32 }],
      sysctls: quiet,
      tunnelEnds:
        method === "tunnel" ? [{ vip, ipip: true, gre: true, gue: 6080, links: ["eth0"], clamped: [] }] : [],
    };
  };
  return {
    client: host("client", "192.168.4.10"),
    director: {
      ...director,
      links: isNat
        ? [...director.links, link("eth1", { index: 3, mac: macOf(`${inner}.5`) })]
        : director.links,
      addresses: [
        ...director.addresses,
        { link: "eth0", address: vip, prefixLength: 24 },
        ...(isNat ? [{ link: "eth1", address: `${inner}.5`, prefixLength: 24 }] : []),
      ],
      routes: isNat
        ? [...director.routes, { to: "192.168.2.0/24", link: "eth1", type: "unicast", metric: 0 }]
        : director.routes,
    },
    web1: web("web1", rips[0]),
    web2: web("web2", rips[1]),
  };
}

/** The cluster with one host changed. */
export function changed(
  hosts: ReturnType<typeof cluster>,
  name: keyof ReturnType<typeof cluster>,
  change: (host: HostFacts) => Partial<HostFacts>,
): HostFacts[] {
  const after = { ...hosts, [name]: { ...hosts[name], ...change(hosts[name]) } };
  return Object.values(after);
}

/** "HOST CODE" of all that one check finds. */
export const codesOf = (check: Check, hosts: readonly HostFacts[]): string[] =>
  examine(hosts, [check]).map(({ host: name, code }) => `${name} ${code}`);

/** The commands that would mend it. */
export const mendsOf = (check: Check, hosts: readonly HostFacts[]): string[] =>
  examine(hosts, [check]).flatMap(({ mend }) => mend.map(({ host: name, command }) => `${name}: ${command}`));
