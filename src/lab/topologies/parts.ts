// What the topologies are put together from: hosts as the notes set them up, with the notes' addresses left open.
import {
  type AddressSpec,
  type HostSpec,
  type InterfaceSpec,
  type Topology,
  withoutPrefix,
} from "../topology.js";

/** An interface with its address, "192.168.4.5/24", and further ones, each with a label as ifconfig gives it. */
export function nic(
  name: string,
  network: string,
  address: string,
  ...further: readonly AddressSpec[]
): InterfaceSpec {
  return { name, network, addresses: [{ address }, ...further] };
}

export function client(card: InterfaceSpec): HostSpec {
  return { name: "client", role: "client", interfaces: [card] };
}

/** A director that forwards, and what is typed on it. */
export function director(interfaces: readonly InterfaceSpec[], rules: readonly string[]): HostSpec {
  return { name: "director", role: "director", interfaces, sysctls: { "net.ipv4.ip_forward": "1" }, rules };
}

/** A host with haproxy, which clients connect to, and which connects to servers. */
export function proxy(name: string, interfaces: readonly InterfaceSpec[], config: string): HostSpec {
  return { name, role: "proxy", interfaces, haproxy: { config } };
}

/** The same with nginx. */
export function nginxProxy(name: string, interfaces: readonly InterfaceSpec[], config: string): HostSpec {
  return { name, role: "proxy", interfaces, nginx: { config } };
}

/** Networks of clients and of the servers behind a proxy, and those servers. */
const proxied = {
  networks: [
    { name: "vmnet4", prefix: "192.168.4.0/24" },
    { name: "vmnet2", prefix: "192.168.2.0/24" },
  ],
  client: client(nic("eth0", "vmnet4", "192.168.4.10/24")),
  servers: ["192.168.2.100", "192.168.2.200"].map((address, index) =>
    webServer(`web${index + 1}`, nic("ens33", "vmnet2", `${address}/24`)),
  ),
};

/** Of a host that stands between both. */
const between = (number: number) => [
  nic("ens33", "vmnet4", `192.168.4.${number}/24`),
  nic("ens37", "vmnet2", `192.168.2.${number}/24`),
];

type MakeProxy = typeof proxy;

/** One proxy between clients and two web servers: clients connect to it, and it to the servers. */
export function oneProxy(
  name: string,
  summary: string,
  host: string,
  make: MakeProxy,
  config: string,
): Topology {
  const vip = "192.168.4.5";
  return {
    name,
    summary,
    networks: proxied.networks,
    hosts: [proxied.client, make(host, between(5), config), ...proxied.servers],
    vips: [vip],
    traffic: { from: "client", address: vip, port: 80 },
  };
}

/** Two proxies with one VIP: keepalived moves it when a proxy's host dies, and when its program does. */
export function proxyPair(
  kind: "haproxy" | "nginx",
  summary: string,
  make: MakeProxy,
  config: string,
): Topology {
  const vip = "192.168.4.80";
  const one = (name: string, number: number, state: "MASTER" | "BACKUP", priority: number): HostSpec => ({
    ...make(name, between(number), config),
    keepalived: { config: trackingKeepalivedFile(kind, { name, state, priority, vip }) },
  });
  return {
    name: `${kind}-keepalived`,
    summary,
    networks: proxied.networks,
    hosts: [
      proxied.client,
      one("proxy1", 5, "MASTER", 100),
      one("proxy2", 6, "BACKUP", 80),
      ...proxied.servers,
    ],
    vips: [vip],
    traffic: { from: "client", address: vip, port: 80 },
  };
}

/** A pair's keepalived.conf: a master whose proxy has ended has less than the other's priority until it is back. */
const trackingKeepalivedFile = (
  proxy: "haproxy" | "nginx",
  own: {
    readonly name: string;
    readonly state: "MASTER" | "BACKUP";
    readonly priority: number;
    readonly vip: string;
  },
): string => `global_defs {
    router_id ${own.name}
}
vrrp_track_process ${proxy} {
    process ${proxy}
    weight -50
}
vrrp_instance VI_1 {
    state ${own.state}
    interface ens33
    virtual_router_id 51
    priority ${own.priority}
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    virtual_ipaddress {
        ${own.vip}
    }
    track_process {
        ${proxy}
    }
}
`;

/**
 * A host with a VIP of its own on lo that neither answers ARP for it nor asks with it, or clients would come to it past
 * the director.
 */
const silent = {
  "net.ipv4.conf.all.arp_ignore": "1",
  "net.ipv4.conf.all.arp_announce": "2",
  "net.ipv4.conf.lo.arp_ignore": "1",
  "net.ipv4.conf.lo.arp_announce": "2",
};

/** A real server by DR: the VIP on lo, with a mask of its own. */
export function directServer(name: string, card: InterfaceSpec, vip: string): HostSpec {
  return {
    ...webServer(name, card),
    loopback: [{ address: `${vip}/32`, label: "lo:0" }],
    sysctls: silent,
  };
}

/**
 * A real server by TUN: as by DR, and it takes what comes for the VIP out of the director's tunnel. The notes have the
 * kernel do that with tunl0; here `rondo realserver tun` does it, and the VIP stands on lo.
 */
export function tunnelServer(name: string, card: InterfaceSpec, vip: string): HostSpec {
  return {
    ...webServer(name, card),
    loopback: [{ address: `${vip}/32` }],
    // A packet of a client that comes from the director would be taken for a forged one.
    sysctls: { ...silent, "net.ipv4.conf.all.rp_filter": "0", [`net.ipv4.conf.${card.name}.rp_filter`]: "0" },
    tunnels: [vip],
  };
}

/** A real server by NAT: it knows of no VIP, and its answers go back through the director, which is its gateway. */
export function maskedServer(name: string, card: InterfaceSpec, gateway: string): HostSpec {
  return { ...webServer(name, card), routes: [{ to: "default", via: gateway }] };
}

/** A web server whose page is its own address, as the notes have it, so that one sees who answered. */
export function webServer(name: string, card: InterfaceSpec): HostSpec {
  const address = withoutPrefix(card.addresses[0]!.address);
  return { name, role: "server", interfaces: [card], web: { port: 80, page: `${address}\n` } };
}

/** Where stores answer: no port that anything else of the notes has. */
const storePort = 8049;

/** The network of the store and the web servers: no address of the notes is in it. */
const storage = { name: "vmnet3", prefix: "192.168.3.0/24" };
const inStorage = (number: string) => `192.168.3.${number}/24`;

/**
 * A topology with the third layer: a store that all its web servers serve from. It stands on a network of its own, where clients
 * don't come; a web server's address there ends as its other one does.
 */
export function withStore(topology: Topology): Topology {
  const store: HostSpec = {
    name: "store",
    role: "store",
    interfaces: [nic("ens33", storage.name, inStorage("50"))],
    store: { port: storePort },
  };
  const served = topology.hosts.map((host): HostSpec => {
    if (!host.web) return host;
    const [first] = host.interfaces;
    const number = withoutPrefix(first!.addresses[0]!.address).split(".").at(-1)!;
    return {
      ...host,
      interfaces: [...host.interfaces, nic("ens38", storage.name, inStorage(number))],
      web: { ...host.web, store: store.name },
    };
  });
  return { ...topology, networks: [...topology.networks, storage], hosts: [...served, store] };
}
