/**
 * The options of ipvsadm as data: what the command line reader, the checks and the manual know of each.
 *
 * An option fills a *slot*. Messages name the slot ("multiple 'service-address' options specified"), a slot is filled at
 * most once, and {@link accepts} says which command wants which. The order of {@link slots} is the order in which
 * missing and illegal ones are looked for, so it decides which of two mistakes is told.
 */

/** Commands, by the names that messages have for them. */
const commandNames = [
  "add-service",
  "edit-service",
  "delete-service",
  "flush",
  "list",
  "add-server",
  "delete-server",
  "edit-server",
  "set",
  "start-daemon",
  "stop-daemon",
  "restore",
  "save",
  "zero",
] as const;
export type CommandName = (typeof commandNames)[number];

/** Slots, by the names that messages have for them, in the order of the checks. */
export const slots = [
  "numeric",
  "connection",
  "service-address",
  "scheduler",
  "persistent",
  "netmask",
  "real-server",
  "forwarding-method",
  "weight",
  "u-threshold",
  "l-threshold",
  "mcast-interface",
  "timeout",
  "daemon",
  "stats",
  "rate",
  "thresholds",
  "persistent-conn",
  "nosort",
  "syncid",
  "exact",
  "ops",
  "pe",
  "sched-flags",
  "mcast-group",
  "mcast-port",
  "mcast-ttl",
  "sync-maxlen",
  "tun-info",
  "tun-type",
  "tun-port",
  "tun-nocsum",
  "tun-csum",
  "tun-remcsum",
  // Ours, not in the real one:
  "json",
  "lines",
  "client",
] as const;
export type Slot = (typeof slots)[number];

/** Whether an option has a value: never, always, or only if the next word is no option. */
export type Argument = "none" | "required" | "optional";

/** What an option is for: it is a command, fills a slot, or is one of the few that do neither. */
type Purpose =
  | { readonly command: CommandName | "help" | "version" }
  | { readonly slot: Slot }
  | { readonly special: "ipv6" | "sort" };

export type Option = Purpose & {
  readonly long: string;
  readonly short?: string;
  readonly argument: Argument;
};

const flag = (long: string, short: string | undefined, purpose: Purpose): Option =>
  Object.freeze({ long, ...(short && { short }), argument: "none", ...purpose });
const value = (long: string, short: string | undefined, purpose: Purpose): Option =>
  Object.freeze({ long, ...(short && { short }), argument: "required", ...purpose });

export const options: readonly Option[] = [
  flag("add-service", "A", { command: "add-service" }),
  flag("edit-service", "E", { command: "edit-service" }),
  flag("delete-service", "D", { command: "delete-service" }),
  flag("clear", "C", { command: "flush" }),
  flag("list", "L", { command: "list" }),
  flag("list", "l", { command: "list" }),
  flag("zero", "Z", { command: "zero" }),
  flag("add-server", "a", { command: "add-server" }),
  flag("edit-server", "e", { command: "edit-server" }),
  flag("delete-server", "d", { command: "delete-server" }),
  flag("set", undefined, { command: "set" }),
  flag("help", "h", { command: "help" }),
  flag("version", "v", { command: "version" }),
  flag("restore", "R", { command: "restore" }),
  flag("save", "S", { command: "save" }),
  value("start-daemon", undefined, { command: "start-daemon" }),
  value("stop-daemon", undefined, { command: "stop-daemon" }),
  value("tcp-service", "t", { slot: "service-address" }),
  value("udp-service", "u", { slot: "service-address" }),
  value("sctp-service", undefined, { slot: "service-address" }),
  value("fwmark-service", "f", { slot: "service-address" }),
  value("scheduler", "s", { slot: "scheduler" }),
  Object.freeze({ long: "persistent", short: "p", argument: "optional", slot: "persistent" }),
  value("netmask", "M", { slot: "netmask" }),
  value("real-server", "r", { slot: "real-server" }),
  flag("masquerading", "m", { slot: "forwarding-method" }),
  flag("ipip", "i", { slot: "forwarding-method" }),
  flag("gatewaying", "g", { slot: "forwarding-method" }),
  value("weight", "w", { slot: "weight" }),
  value("u-threshold", "x", { slot: "u-threshold" }),
  value("l-threshold", "y", { slot: "l-threshold" }),
  flag("numeric", "n", { slot: "numeric" }),
  flag("connection", "c", { slot: "connection" }),
  value("mcast-interface", undefined, { slot: "mcast-interface" }),
  value("syncid", undefined, { slot: "syncid" }),
  flag("timeout", undefined, { slot: "timeout" }),
  flag("daemon", undefined, { slot: "daemon" }),
  flag("stats", undefined, { slot: "stats" }),
  flag("rate", undefined, { slot: "rate" }),
  flag("thresholds", undefined, { slot: "thresholds" }),
  flag("persistent-conn", undefined, { slot: "persistent-conn" }),
  flag("nosort", undefined, { slot: "nosort" }),
  flag("sort", undefined, { special: "sort" }),
  flag("exact", "X", { slot: "exact" }),
  flag("ipv6", "6", { special: "ipv6" }),
  flag("ops", "o", { slot: "ops" }),
  value("pe", undefined, { slot: "pe" }),
  value("sched-flags", "b", { slot: "sched-flags" }),
  value("mcast-group", undefined, { slot: "mcast-group" }),
  value("mcast-port", undefined, { slot: "mcast-port" }),
  value("mcast-ttl", undefined, { slot: "mcast-ttl" }),
  value("sync-maxlen", undefined, { slot: "sync-maxlen" }),
  flag("tun-info", undefined, { slot: "tun-info" }),
  value("tun-type", undefined, { slot: "tun-type" }),
  value("tun-port", undefined, { slot: "tun-port" }),
  flag("tun-nocsum", undefined, { slot: "tun-nocsum" }),
  flag("tun-csum", undefined, { slot: "tun-csum" }),
  flag("tun-remcsum", undefined, { slot: "tun-remcsum" }),
  flag("json", undefined, { slot: "json" }),
  flag("lines", undefined, { slot: "lines" }),
  value("client", undefined, { slot: "client" }),
];

/** What a command makes of a slot: it must have it, may have it, or at most one of all that are exclusive. */
type Acceptance = "required" | "optional" | "exclusive";

interface Acceptances {
  readonly required?: readonly Slot[];
  readonly optional?: readonly Slot[];
  readonly exclusive?: readonly Slot[];
}

const ofService: Acceptances = {
  required: ["service-address"],
  optional: ["scheduler", "persistent", "netmask", "ops", "pe", "sched-flags"],
};
const tunnel = ["tun-type", "tun-port", "tun-nocsum", "tun-csum", "tun-remcsum"] as const;
const ofServer: Acceptances = {
  required: ["service-address", "real-server"],
  optional: ["forwarding-method", "weight", "u-threshold", "l-threshold", ...tunnel],
};
const formats = ["stats", "rate", "thresholds", "persistent-conn", "tun-info"] as const;

/** What `-L -c` can be asked to show only: ours. Without `-c` they are what they are in the real one. */
export const connectionFilters: readonly Slot[] = ["service-address", "real-server", "client"];

/** Which slots a command accepts; all others are illegal with it. */
export const accepts: Readonly<Record<CommandName, Acceptances>> = {
  "add-service": ofService,
  "edit-service": ofService,
  "delete-service": { required: ["service-address"] },
  flush: {},
  list: {
    exclusive: ["connection", "service-address", "timeout", "daemon"],
    optional: ["numeric", ...formats, "nosort", "syncid", "exact", "json"],
  },
  "add-server": ofServer,
  "delete-server": { required: ["service-address", "real-server"] },
  "edit-server": ofServer,
  set: {},
  "start-daemon": {
    optional: ["mcast-interface", "syncid", "mcast-group", "mcast-port", "mcast-ttl", "sync-maxlen"],
  },
  "stop-daemon": { optional: ["syncid"] },
  restore: { optional: ["lines"] },
  // The real one has no --thresholds here: it loses them.
  save: { optional: ["numeric", "thresholds"] },
  zero: { optional: ["service-address"] },
};

/** Tunnel types and the slots each accepts. */
export const tunnelAccepts: Readonly<Record<"ipip" | "gue" | "gre", Acceptances>> = {
  ipip: {},
  gue: { required: ["tun-port"], exclusive: ["tun-nocsum", "tun-csum", "tun-remcsum"] },
  gre: { exclusive: ["tun-nocsum", "tun-csum"] },
};

export const tunnelSlots: readonly Slot[] = tunnel.filter((slot) => slot !== "tun-type");

export function acceptance(of: Acceptances, slot: Slot): Acceptance | undefined {
  if (of.required?.includes(slot)) return "required";
  if (of.optional?.includes(slot)) return "optional";
  if (of.exclusive?.includes(slot)) return "exclusive";
  return undefined;
}
