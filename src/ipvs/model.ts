import type { IpAddress } from "../wire/address.js";

/** Transport protocols that a virtual service can have. */
export type Protocol = "tcp" | "udp" | "sctp";

/** What names a virtual service: protocol, VIP and port, or a firewall mark of one family. */
export type ServiceId =
  | {
      readonly kind: "address";
      readonly protocol: Protocol;
      readonly address: IpAddress;
      readonly port: number;
    }
  | { readonly kind: "mark"; readonly mark: number; readonly family: 4 | 6 };

/** A virtual service as a person configures it. */
export interface ServiceSpec {
  readonly id: ServiceId;
  /** A scheduler's name: "rr", "wlc" … */
  readonly scheduler: string;
  /** Scheduler flags: "sh-fallback", "sh-port", "mh-fallback", "mh-port". */
  readonly schedulerFlags: readonly string[];
  /** Persistence: the template's timeout in seconds, and which part of the client's address counts. */
  readonly persistence?: { readonly timeout: number; readonly netmask: IpAddress | number };
  /** One-packet scheduling (UDP). */
  readonly onePacket: boolean;
  /** A persistence engine ("sip"). */
  readonly persistenceEngine?: string;
}

/** masq = NAT, droute = DR, tunnel = TUN; local = the director itself. */
export type ForwardingMethod = "masq" | "droute" | "tunnel" | "local";

/** How a TUN server is reached. */
export interface Tunnel {
  readonly type: "ipip" | "gue" | "gre";
  /** GUE's UDP port, otherwise 0. */
  readonly port: number;
  readonly checksum: "none" | "csum" | "remote";
}

/** What names a real server within its service. */
export interface ServerId {
  readonly address: IpAddress;
  readonly port: number;
}

/** A real server as a person configures it. */
export interface ServerSpec extends ServerId {
  readonly method: ForwardingMethod;
  /** 0 … 2147483647; 0 takes no new connections. */
  readonly weight: number;
  /** New connections stop at `upperThreshold` and go on below `lowerThreshold`; 0: none. */
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly tunnel?: Tunnel;
}

/** Totals since the last zeroing. Bytes count from the IP header on. */
export interface Counters {
  readonly connections: bigint;
  readonly inPackets: bigint;
  readonly outPackets: bigint;
  readonly inBytes: bigint;
  readonly outBytes: bigint;
}

/** Nothing counted yet. */
export const noCounters: Counters = {
  connections: 0n,
  inPackets: 0n,
  outPackets: 0n,
  inBytes: 0n,
  outBytes: 0n,
};

/** Per second, averaged as the kernel's estimator does (net/netfilter/ipvs/ip_vs_est.c). */
export interface Rates {
  readonly connections: number;
  readonly inPackets: number;
  readonly outPackets: number;
  readonly inBytes: number;
  readonly outBytes: number;
}

/** Nothing going on. */
export const noRates: Rates = { connections: 0, inPackets: 0, outPackets: 0, inBytes: 0, outBytes: 0 };

/** A real server and what it has to do. */
export interface ServerStatus extends ServerSpec {
  readonly active: number;
  readonly inactive: number;
  /** Living templates. */
  readonly persistent: number;
  readonly counters: Counters;
  readonly rates: Rates;
}

/** A virtual service and its servers, newest first, which is the order schedulers walk. */
export interface ServiceStatus extends ServiceSpec {
  readonly counters: Counters;
  readonly rates: Rates;
  readonly servers: readonly ServerStatus[];
}

/** TCP states in the kernel's order: their index is the state's number (include/net/ip_vs.h). */
export const tcpStates = [
  "NONE",
  "ESTABLISHED",
  "SYN_SENT",
  "SYN_RECV",
  "FIN_WAIT",
  "TIME_WAIT",
  "CLOSE",
  "CLOSE_WAIT",
  "LAST_ACK",
  "LISTEN",
  "SYNACK",
] as const;
export type TcpState = (typeof tcpStates)[number];

/** SCTP states in the kernel's order, by the names that it shows (net/netfilter/ipvs/ip_vs_proto_sctp.c). */
export const sctpStates = [
  "NONE",
  "INIT1",
  "INIT",
  "C-SENT",
  "C-REPLIED",
  "C-WAIT",
  "COOKIE",
  "C-ECHOED",
  "ESTABLISHED",
  "S-SENT",
  "S-RECEIVED",
  "S-ACK-SENT",
  "REJECTED",
  "CLOSED",
] as const;
export type SctpState = (typeof sctpStates)[number];

/** UDP has one state. */
export const udpStates = ["UDP"] as const;

/** A template is assured once a connection made by it was established, whatever its protocol. */
const templateStates = ["NONE", "ASSURED"] as const;

const statesOf = { tcp: tcpStates, udp: udpStates, sctp: sctpStates };

/** A state's name as listings show it; "ERR!" for a number that the protocol doesn't have, as the kernel says it. */
export function stateName(protocol: Protocol | "ip", state: number, template: boolean): string {
  if (template) return templateStates[state] ?? "ERR!";
  return protocol === "ip" ? "NONE" : (statesOf[protocol][state] ?? "ERR!");
}

/** An address and a port. */
export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** An entry of the connection table. */
export interface ConnectionEntry {
  readonly protocol: Protocol | "ip";
  /** As ipvsadm shows it: "ESTABLISHED", "UDP", "ASSURED", "NONE" … */
  readonly state: string;
  /** Seconds until it expires. */
  readonly expires: number;
  readonly client: Endpoint;
  readonly virtual: Endpoint;
  readonly server: Endpoint;
  readonly template: boolean;
  /** The service that it belongs to, where the data plane knows. */
  readonly service?: ServiceId;
  readonly engine?: { readonly name: string; readonly data: string };
}

/** Seconds. */
export interface Timeouts {
  readonly tcp: number;
  readonly tcpFin: number;
  readonly udp: number;
}

/** A running half of the sync daemon. */
export interface SyncDaemon {
  readonly role: "master" | "backup";
  readonly multicastInterface: string;
  readonly syncId: number;
  readonly maxLength?: number;
  readonly group?: IpAddress;
  readonly port?: number;
  readonly ttl?: number;
}

/** Identity as text, for maps: equal text, equal service. */
export function serviceIdText(id: ServiceId): string {
  if (id.kind === "mark") return `mark ${id.mark} ${id.family}`;
  return `${id.protocol} ${endpointText(id)}`;
}

/** "192.168.4.15:80" or "[fd66::100]:80". */
export function endpointText(endpoint: Endpoint): string {
  const { address, port } = endpoint;
  return address.family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
