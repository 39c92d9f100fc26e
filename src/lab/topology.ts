/**
 * A topology is data: which hosts there are, which networks join them, and what each host is given. Everything a lab
 * makes follows from it, so it can be drawn, checked and printed without making anything.
 */
export interface Topology {
  /** What `rondo lab up` calls it: "dr". */
  readonly name: string;
  /** One sentence for `rondo lab list`. */
  readonly summary: string;
  readonly networks: readonly NetworkSpec[];
  readonly hosts: readonly HostSpec[];
  /** Addresses that clients ask, each of which a director or proxy has, or a host with keepalived gets. */
  readonly vips: readonly string[];
  /** What `rondo lab run` does. */
  readonly traffic: TrafficSpec;
}

/** A network: one switch that all interfaces on it are plugged into. */
interface NetworkSpec {
  /** Also the name of the switch's bridge: at most 15 bytes. */
  readonly name: string;
  /** "192.168.4.0/24" */
  readonly prefix: string;
}

export const roles = ["client", "director", "proxy", "server", "store"] as const;
type Role = (typeof roles)[number];

export interface HostSpec {
  readonly name: string;
  readonly role: Role;
  readonly interfaces: readonly InterfaceSpec[];
  /** Addresses on `lo`, besides 127.0.0.1: a real server's VIP. */
  readonly loopback?: readonly AddressSpec[];
  /** By full name, set in this order: { "net.ipv4.conf.all.arp_ignore": "1" }. */
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly routes?: readonly RouteSpec[];
  /** VIPs that a real server takes packets for out of tunnels: `rondo realserver tun VIP` is run for each. */
  readonly tunnels?: readonly string[];
  /** What is typed on a director, each without the word ipvsadm: "-A -t 192.168.4.15:80 -s rr". */
  readonly rules?: readonly string[];
  readonly web?: WebSpec;
  readonly keepalived?: KeepalivedSpec;
  readonly haproxy?: HaproxySpec;
  readonly nginx?: NginxSpec;
  /** What makes a host with the role "store" one. */
  readonly store?: StoreSpec;
}

export interface InterfaceSpec {
  /** "ens33", at most 15 bytes. */
  readonly name: string;
  readonly network: string;
  /** The first one gives the interface its MAC address. */
  readonly addresses: readonly AddressSpec[];
}

export interface AddressSpec {
  /** "192.168.4.5/24" */
  readonly address: string;
  /** "ens33:0", as ifconfig shows a further address. */
  readonly label?: string;
}

interface RouteSpec {
  /** "default" or a prefix. */
  readonly to: string;
  readonly via: string;
}

/** The web server of a real server: it answers any request for `/` with `page`. */
export interface WebSpec {
  readonly port: number;
  readonly page: string;
  /** The host with the files that it serves besides; below /shared/ clients may change them. */
  readonly store?: string;
}

/** Keepalived on a host: it may give the host a VIP, and a director its rules. */
export interface KeepalivedSpec {
  /** The text of /etc/keepalived/keepalived.conf. Words that are mistyped are mended as `rondo keepalived -t --fix` does. */
  readonly config: string;
  /** Whose: this Rondo's if nothing is said, or the machine's own keepalived, which has to be installed. */
  readonly program?: "rondo" | "debian";
}

/** HAProxy on a host with the role "proxy". */
export interface HaproxySpec {
  /** The text of /etc/haproxy/haproxy.cfg. */
  readonly config: string;
  /** Whose: this Rondo's if nothing is said, or the machine's own haproxy, which has to be installed. */
  readonly program?: "rondo" | "debian";
}

/** Nginx on a host with the role "proxy". */
export interface NginxSpec {
  /** The text of /etc/nginx/nginx.conf. */
  readonly config: string;
  /** Whose: this Rondo's if nothing is said, or the machine's own nginx, which has to be installed. */
  readonly program?: "rondo" | "debian";
}

/** The file service of a store, which web servers ask: it gives out and takes in what is below /srv/www. */
interface StoreSpec {
  readonly port: number;
}

interface TrafficSpec {
  /** The host that asks. */
  readonly from: string;
  /** A VIP and the port of a virtual service, or where a proxy listens. */
  readonly address: string;
  readonly port: number;
}

/** Hosts of one role, in the topology's order. */
export function hostsOf(topology: Topology, role: Role): HostSpec[] {
  return topology.hosts.filter((host) => host.role === role);
}

/** The addresses of a host's interfaces, without their prefixes' lengths. */
export const ownAddresses = ({ interfaces }: HostSpec): string[] =>
  interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => withoutPrefix(address)));

/** "192.168.4.5" of "192.168.4.5/24". */
export function withoutPrefix(address: string): string {
  return address.split("/")[0]!;
}
