/**
 * What one host looks like: all that checks know of it, as plain data (it goes through JSON). Addresses and MAC addresses are
 * text, devices are named. What could not be read is in {@link HostFacts.unseen}, never guessed.
 */
export interface HostFacts {
  /** Of this declaration: another one is refused. */
  readonly format: typeof factsFormat;
  /** "web1" */
  readonly host: string;
  /** When it was read, by the host's own clock: milliseconds since 1970. */
  readonly at: number;
  /** What the person says that it is, where it can't be seen. */
  readonly role?: Role;
  /** VIPs that the person says this real server is for. */
  readonly vips?: readonly string[];
  readonly links: readonly LinkFacts[];
  readonly addresses: readonly AddressFacts[];
  /** Of the main table. */
  readonly routes: readonly RouteFacts[];
  readonly neighbours: readonly NeighbourFacts[];
  /** By name, "net.ipv4.conf.ens33.rp_filter"; a dot within a device's name is a slash, as sysctl(8) writes it. */
  readonly sysctls: Readonly<Record<string, string>>;
  readonly listening: readonly ListeningFacts[];
  /** Connections that a full accept queue has refused since the network began (ListenOverflows). */
  readonly listenOverflows: number;
  readonly services: readonly ServiceFacts[];
  readonly director?: DirectorFacts;
  /** VIPs that packets are taken out of tunnels for. */
  readonly tunnelEnds: readonly TunnelEndFacts[];
  /** A lab's tunl0, where the kernel has none: the device, and those at which IPIP packets are unwrapped and come in by it. */
  readonly standIn?: { readonly device: string; readonly links: readonly string[] };
  /** Addresses and the way to them, as the kernel answers: those of VIPs and real servers. */
  readonly ways: readonly WayFacts[];
  /** Who answered when it was asked on the wire who has an address. */
  readonly arp: readonly ArpFacts[];
  readonly connects: readonly ConnectFacts[];
  /** How far the clocks of others are ahead, asked by ICMP. */
  readonly clocks: readonly ClockFacts[];
  /** What this host has files from besides its own. */
  readonly stores?: readonly StoreFacts[];
  readonly firewall: FirewallFacts;
  readonly unseen: readonly Unseen[];
}

/** Facts that were saved by a rondo that saw other things are refused. */
export const factsFormat = 1;

export type Role = "director" | "server";

export interface LinkFacts {
  readonly name: string;
  readonly index: number;
  readonly mac?: string;
  readonly mtu: number;
  readonly up: boolean;
  readonly carrier: boolean;
  readonly loopback: boolean;
  /** Has Ethernet frames: asks and answers ARP. */
  readonly ethernet: boolean;
  /** "veth", "macvlan", "ipip" …; none for hardware. */
  readonly kind?: string;
  /** A port of a bridge or bond. */
  readonly port: boolean;
  /** A veth's other end: its index in the network that it is in. */
  readonly peer?: number;
  /** Whether it has an XDP program. */
  readonly xdp: boolean;
  /** Checksums are left to the device (tx); packets are merged (gro). */
  readonly tx?: boolean;
  readonly gro?: boolean;
}

export interface AddressFacts {
  readonly link: string;
  readonly address: string;
  readonly prefixLength: number;
  readonly label?: string;
  /** IPv6: duplicate detection found another host with it. */
  readonly duplicate?: boolean;
}

export interface RouteFacts {
  /** "192.168.4.0/24"; "0.0.0.0/0" is the default route. */
  readonly to: string;
  readonly via?: string;
  readonly link?: string;
  readonly type: string;
  readonly metric: number;
}

export interface NeighbourFacts {
  readonly link: string;
  readonly address: string;
  readonly mac?: string;
  /** "reachable", "failed" … */
  readonly state: string;
}

export interface ListeningFacts {
  readonly protocol: "tcp" | "udp";
  /** "0.0.0.0" and "::" are all. */
  readonly address: string;
  readonly port: number;
  /** Who listens, where it can be seen. */
  readonly process?: ProcessFacts;
}

export interface ProcessFacts {
  readonly pid: number;
  readonly name: string;
  /** Open files and sockets, how many it may have, and how many it may be allowed to have (the hard limit). */
  readonly files: number;
  readonly most: number;
  readonly mostEver: number;
}

export type Method = "masq" | "droute" | "tunnel" | "local";

export interface ServiceFacts {
  /** As ipvsadm takes it: "-t 192.168.4.15:80", "-f 7". */
  readonly name: string;
  readonly protocol?: "tcp" | "udp" | "sctp";
  /** Of a mark's service: none. */
  readonly vip?: string;
  /** 0: all. */
  readonly port?: number;
  readonly scheduler: string;
  readonly persistent: boolean;
  readonly servers: readonly ServerFacts[];
}

export interface ServerFacts {
  readonly address: string;
  readonly port: number;
  readonly method: Method;
  readonly weight: number;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly tunnel?: {
    readonly type: "ipip" | "gue" | "gre";
    readonly port: number;
    readonly checksum: string;
  };
  readonly connections: number;
  /** Another command of ours has taken its weight away for now, or part of it: `rondo watch`, or drain and slow-start. */
  readonly held?: "watch" | "drain";
}

export interface DirectorFacts {
  readonly attached: readonly { readonly link: string; readonly hook: string; readonly answers?: string }[];
  /** Whether interfaces are chosen by rondo. */
  readonly automatic: boolean;
  readonly table: { readonly entries: number; readonly connections: number; readonly growing: boolean };
  /** What the packet program counted, by name. */
  readonly events: Readonly<Record<string, number>>;
}

export interface TunnelEndFacts {
  readonly vip: string;
  readonly ipip: boolean;
  readonly gre: boolean;
  /** GUE's UDP port. */
  readonly gue?: number;
  /** Devices at which packets are taken out. */
  readonly links: readonly string[];
  /** Devices by which answers leave with a lowered MSS. */
  readonly clamped: readonly string[];
}

export interface WayFacts {
  readonly to: string;
  /** Whether it is this host's own address. */
  readonly local: boolean;
  /** None: there is no route. */
  readonly link?: string;
  readonly via?: string;
  readonly mtu?: number;
}

export interface ArpFacts {
  readonly address: string;
  readonly link: string;
  /** Those that answered, each once; this host itself doesn't hear its own question. */
  readonly macs: readonly string[];
}

export interface ConnectFacts {
  readonly address: string;
  readonly port: number;
  readonly result: "answered" | "refused" | "silent" | "unreachable";
}

export interface ClockFacts {
  readonly address: string;
  /** Its clock less ours. */
  readonly milliseconds: number;
}

/** A shared store that a lab's web server has files from. */
export interface StoreFacts {
  /** The name of its host. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** "stuck": it accepts connections, and answers nothing; "failing": it answers, but not with files. */
  readonly result: ConnectFacts["result"] | "stuck" | "failing";
}

/** Rules as the tools tell them; none where the tool isn't there or has nothing. */
export interface FirewallFacts {
  /** What `nft -j list ruleset` has in its list. */
  readonly nft?: readonly unknown[];
  /** What iptables-save prints. */
  readonly iptables?: string;
  readonly arptables?: string;
}

export interface Unseen {
  /** "firewall rules" */
  readonly what: string;
  /** "neither nft nor iptables-save is there" */
  readonly why: string;
  /** So much that nothing can be said of this host's health. */
  readonly severe?: boolean;
}
