import { RondoError } from "../errors.js";

/**
 * What becomes of a tunable here: "done" as the kernel does it, "adapted" (the same purpose by other means), "accepted" (kept, and without effect: it is about something that this plane doesn't have).
 */
type TunableStatus = "done" | "adapted" | "accepted";

/** A setting of IPVS, by the name that it has in /proc/sys/net/ipv4/vs (net/netfilter/ipvs/ip_vs_ctl.c, vs_vars). */
interface Tunable {
  readonly name: string;
  readonly default: number;
  readonly least: number;
  readonly most: number;
  readonly status: TunableStatus;
  /** What it does, or why it does nothing. */
  readonly says: string;
}

/** The kernel's plain integers take any int; those below zero mean nothing, and are refused here. */
const anyNumber = 2 ** 31 - 1;

type Row = readonly [
  name: string,
  standard: number,
  least: number,
  most: number,
  status: TunableStatus,
  says: string,
];

/** In this order they stand in the shared settings: a new one comes at the end, and none ever goes. */
const rows = [
  [
    "am_droprate",
    10,
    0,
    anyNumber,
    "done",
    "with drop_packet 3: one new connection of so many is dropped; 0: none",
  ],
  [
    "amemthresh",
    1024,
    0,
    anyNumber,
    "adapted",
    "free entries of the table, in 4096ths of it, below which it is scarce; the kernel means pages of memory",
  ],
  [
    "backup_only",
    0,
    0,
    anyNumber,
    "done",
    "directs nothing while the backup sync daemon runs; it takes notice within a second",
  ],
  [
    "cache_bypass",
    0,
    0,
    anyNumber,
    "accepted",
    "a mark's service takes packets for this host's own addresses only, which could go nowhere else",
  ],
  [
    "conn_reuse_mode",
    1,
    0,
    anyNumber,
    "done",
    "bits: 1 a SYN in TIME_WAIT or CLOSE is scheduled anew, 2 also in FIN_WAIT",
  ],
  [
    "conntrack",
    0,
    0,
    anyNumber,
    "accepted",
    "packets that are directed never come to the kernel's connection tracking",
  ],
  [
    "drop_entry",
    0,
    0,
    3,
    "done",
    "takes entries out of a scarce table: 0 never, 1 and 2 by itself, 3 always",
  ],
  [
    "drop_packet",
    0,
    0,
    3,
    "done",
    "drops some of the new connections: 0 never, 1 and 2 while scarce, 3 always",
  ],
  [
    "expire_nodest_conn",
    0,
    0,
    anyNumber,
    "done",
    "a packet to a server that was deleted ends its connection",
  ],
  ["expire_quiescent_template", 0, 0, anyNumber, "done", "persistence ends at a server of weight 0"],
  [
    "ignore_tunneled",
    0,
    0,
    anyNumber,
    "accepted",
    "packets out of a tunnel come to the director as any others",
  ],
  [
    "nat_icmp_send",
    0,
    0,
    anyNumber,
    "accepted",
    "what a NAT server sends outside of its connections is the host's to answer",
  ],
  [
    "pmtu_disc",
    1,
    0,
    anyNumber,
    "accepted",
    "packets that must not be cut and are too big are always answered by ICMP; none is ever cut here",
  ],
  ["run_estimation", 1, 0, anyNumber, "done", "0: rates are not kept up to date"],
  ["schedule_icmp", 0, 0, anyNumber, "accepted", "an ICMP error never makes a connection here"],
  [
    "secure_tcp",
    0,
    0,
    3,
    "done",
    "stricter TCP states: 0 never, 1 and 2 while the table is scarce, 3 always",
  ],
  ["sloppy_tcp", 0, 0, anyNumber, "done", "any TCP packet but a reset may make a connection"],
  ["sloppy_sctp", 0, 0, anyNumber, "done", "any SCTP packet may make a connection"],
  ["snat_reroute", 1, 0, anyNumber, "accepted", "answers of NAT servers are always routed anew"],
  ["sync_persist_mode", 0, 0, 1, "done", "1: of connections with persistence only their templates are told"],
  [
    "sync_ports",
    1,
    1,
    64,
    "done",
    "UDP ports of synchronisation, a power of two; a daemon that begins takes notice",
  ],
  [
    "sync_qlen_max",
    0,
    0,
    anyNumber,
    "adapted",
    "messages that are sent in a tenth of a second at most; 0: 512",
  ],
  ["sync_refresh_period", 0, 0, anyNumber, "done", "seconds between two messages of one connection"],
  ["sync_retries", 0, 0, 3, "accepted", "a message is sent once"],
  ["sync_sock_size", 0, 0, anyNumber, "done", "bytes of the sockets' buffers; 0: what the system gives"],
  [
    "sync_threshold",
    3,
    0,
    anyNumber,
    "done",
    "packets until a connection is synchronised; `3 50` sets sync_period too",
  ],
  ["sync_period", 50, 0, anyNumber, "done", "packets until it is again: sync_threshold's second number"],
  ["sync_version", 1, 0, 1, "accepted", "messages of version 1 are sent; both are read"],
  ["lblc_expiration", 86_400, 0, anyNumber, "done", "seconds until lblc forgets where an address went"],
  ["lblcr_expiration", 86_400, 0, anyNumber, "done", "seconds until lblcr makes a set of servers smaller"],
  [
    "insert_limit",
    0,
    0,
    50_000_000,
    "done",
    "rondo's own: new connections per second and CPU; 0: as many as come",
  ],
] as const satisfies readonly Row[];

export type TunableName = (typeof rows)[number][0];

/** All tunables, in the order of their indexes. */
export const tunables: readonly Tunable[] = rows.map(([name, standard, least, most, status, says]) => ({
  name,
  default: standard,
  least,
  most,
  status,
  says,
}));
export const tunableNames: readonly string[] = tunables.map(({ name }) => name);

/** Where a tunable stands in the shared settings. */
export const tunableIndex = (name: TunableName): number => tunableNames.indexOf(name);

/** The tunables' values before anybody changed one, by index. */
export const defaultTunables = (): number[] => tunables.map((tunable) => tunable.default);

/** Throws unless `value` is one that the tunable can have; gives the tunable's index. `all` are the values that there are now. */
export function checkTunable(name: string, value: number, all: ReadonlyMap<string, number>): number {
  const index = tunableNames.indexOf(name);
  const tunable = tunables[index];
  if (!tunable) throw new RondoError("no-tunable", `there is no setting ${name}`, { exitStatus: 2 });
  const refuse = (what: string): never => {
    throw new RondoError("tunable-value", `${name} takes ${what}, not ${value}`, { exitStatus: 2 });
  };
  const { least, most } = tunable;
  if (!Number.isInteger(value) || value < least || value > most) refuse(`${least} to ${most}`);
  if (name === "sync_ports" && (value & (value - 1)) !== 0) refuse("1, 2, 4, 8, 16, 32 or 64");
  // The kernel's order: fewer packets until the first message than between two, or no others at all.
  const period = all.get("sync_period") ?? 0;
  const threshold = all.get("sync_threshold") ?? 0;
  if (name === "sync_threshold" && period !== 0 && value >= period)
    refuse(`less than sync_period, which is ${period}`);
  if (name === "sync_period" && value !== 0 && value <= threshold)
    refuse(`more than sync_threshold, which is ${threshold}`);
  return index;
}
