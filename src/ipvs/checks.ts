/**
 * What the kernel's IPVS refuses, and in which order (net/netfilter/ipvs/ip_vs_ctl.c), without any state of its own:
 * every data plane calls these before it changes anything. What exists is given as arguments.
 */
import { RondoError } from "../errors.js";
import { IpAddress } from "../wire/address.js";
import { IpvsError } from "./errors.js";
import type { ServerId, ServerSpec, ServiceId, ServiceSpec, SyncDaemon, Timeouts } from "./model.js";
import { noScheduler, schedulerNamed } from "./schedulers.js";

/** What a plane can do and what its host is like; everything is optional and defaults to the kernel's. */
export interface CheckOptions {
  /** Schedulers that can be had; default: all of {@link schedulerNamed}. */
  readonly hasScheduler?: (name: string) => boolean;
  /** Persistence engines that can be had; default: "sip". */
  readonly hasEngine?: (name: string) => boolean;
  /** Whether an address is a broadcast address of one of the host's networks; default: never. */
  readonly isBroadcast?: (address: IpAddress) => boolean;
  /** Whether an address is the host's own; default: never. Only asked for IPv6 addresses that are not unicast. */
  readonly isLocal?: (address: IpAddress) => boolean;
}

/** The address family of a service. */
export function serviceFamily(id: ServiceId): 4 | 6 {
  return id.kind === "mark" ? id.family : id.address.family;
}

/** Refuses a new service: "service-exists" before anything else, then as {@link checkServiceSpec}. */
export function checkNewService(exists: boolean, spec: ServiceSpec, options: CheckOptions = {}): void {
  if (exists) throw new IpvsError("service-exists");
  checkServiceSpec(spec, options);
}

/** Refuses to edit a service: "no-service" before anything else, then as {@link checkServiceSpec}. */
export function checkEditedService(exists: boolean, spec: ServiceSpec, options: CheckOptions = {}): void {
  if (!exists) throw new IpvsError("no-service");
  checkServiceSpec(spec, options);
}

/** "no-scheduler" for an unknown scheduler or persistence engine, "invalid" for an impossible netmask. */
function checkServiceSpec(spec: ServiceSpec, options: CheckOptions = {}): void {
  const hasScheduler = options.hasScheduler ?? ((name: string) => schedulerNamed(name) !== undefined);
  const hasEngine = options.hasEngine ?? ((name: string) => name === "sip");
  if (spec.scheduler !== noScheduler && !hasScheduler(spec.scheduler)) throw new IpvsError("no-scheduler");
  if (spec.persistenceEngine && !hasEngine(spec.persistenceEngine)) throw new IpvsError("no-scheduler");
  const mask = spec.persistence?.netmask;
  if (mask === undefined) return;
  const fits =
    serviceFamily(spec.id) === 6
      ? typeof mask === "number" && Number.isInteger(mask) && mask >= 1 && mask <= 128
      : mask instanceof IpAddress && mask.family === 4;
  if (!fits) throw new IpvsError("invalid");
}

/** What exists where a server is added or edited: its service, and the server itself in that service. */
interface ServerContext {
  readonly service: boolean;
  readonly server: boolean;
  /** Whether a half of the sync daemon runs: it cannot carry servers of another family than their service. */
  readonly syncRunning?: boolean;
}

/** "service-not-defined", "invalid" (families), "range", "invalid" (tunnel), "server-exists", "invalid" (address). */
export function checkNewServer(
  context: ServerContext,
  service: ServiceId,
  spec: ServerSpec,
  options: CheckOptions = {},
): void {
  checkServerSpec(context, service, spec);
  if (context.server) throw new IpvsError("server-exists");
  if (!isServerAddress(spec.address, options)) throw new IpvsError("invalid");
}

/** As {@link checkNewServer}, with "no-server" last; the address was looked at when the server was added. */
export function checkEditedServer(context: ServerContext, service: ServiceId, spec: ServerSpec): void {
  checkServerSpec(context, service, spec);
  if (!context.server) throw new IpvsError("no-server");
}

/** "service-not-defined", then "no-server". */
export function checkDeletedServer(context: ServerContext): void {
  if (!context.service) throw new IpvsError("service-not-defined");
  if (!context.server) throw new IpvsError("no-server");
}

function checkServerSpec(context: ServerContext, service: ServiceId, spec: ServerSpec): void {
  if (!context.service) throw new IpvsError("service-not-defined");
  if (spec.address.family !== serviceFamily(service) && (context.syncRunning || spec.method !== "tunnel"))
    throw new IpvsError("invalid");
  // The kernel's fields are an int and two u32; what doesn't fit them is out of range too.
  if (!isWithin(spec.weight, 0x7fff_ffff) || !isWithin(spec.upperThreshold, 0xffff_ffff))
    throw new IpvsError("range");
  if (!isWithin(spec.lowerThreshold, spec.upperThreshold)) throw new IpvsError("range");
  if (spec.tunnel?.type === "gue" && spec.tunnel.port === 0) throw new IpvsError("invalid");
}

const isWithin = (value: number, most: number) => Number.isInteger(value) && value >= 0 && value <= most;

/**
 * Whether a packet could be sent to this one host: what the kernel's inet_addr_type calls unicast or local, and
 * ipv6_addr_type a unicast address that is not link-local.
 */
function isServerAddress(address: IpAddress, options: CheckOptions = {}): boolean {
  const [first, second] = address.bytes as unknown as [number, number];
  if (address.family === 4) {
    if (first >= 224 && first < 240) return false; // multicast
    if (address.bytes.every((byte) => byte === 0) || address.bytes.every((byte) => byte === 255))
      return false;
    return !options.isBroadcast?.(address);
  }
  const zeros = address.bytes.findIndex((byte) => byte !== 0);
  const mapped = zeros === 10 && address.bytes[10] === 255 && address.bytes[11] === 255; // ::ffff:0:0/96
  const linkLocal = first === 0xfe && (second & 0xc0) === 0x80;
  if (first !== 0xff && zeros >= 0 && !mapped && !linkLocal) return true;
  return options.isLocal?.(address) ?? false;
}

/** Seconds above this do not fit the kernel's clock: INT_MAX ticks of 4 ms. */
const longestTimeout = 8_589_934;

/** "invalid" for seconds that are no whole number from 0 to {@link longestTimeout}. */
export function checkTimeouts(timeouts: Timeouts): void {
  for (const seconds of [timeouts.tcp, timeouts.tcpFin, timeouts.udp])
    if (!isWithin(seconds, longestTimeout)) throw new IpvsError("invalid");
}

/** The values of timeouts after a change in which 0 keeps what was. */
export function mergeTimeouts(before: Timeouts, change: Timeouts): Timeouts {
  return {
    tcp: change.tcp || before.tcp,
    tcpFin: change.tcpFin || before.tcpFin,
    udp: change.udp || before.udp,
  };
}

/**
 * "invalid" while servers of another family than their service exist, code "no-device" for an interface that is not
 * there, then "daemon-running".
 */
export function checkNewSyncDaemon(context: {
  readonly running: boolean;
  readonly mixedFamilies: boolean;
  readonly interfaceExists: boolean;
}): void {
  if (context.mixedFamilies) throw new IpvsError("invalid");
  if (!context.interfaceExists) throw new RondoError("no-device", "No such device", { exitStatus: 255 });
  if (context.running) throw new IpvsError("daemon-running");
}

/** A sync daemon with the kernel's values for what was left open (net/netfilter/ipvs/ip_vs_sync.c). */
export function completeSyncDaemon(daemon: SyncDaemon, mtu = 1500): Required<SyncDaemon> {
  const group = daemon.group ?? IpAddress.of("224.0.0.81");
  const headers = (group.family === 4 ? 20 : 40) + 8;
  const backup = daemon.role === "backup";
  const wanted = daemon.maxLength || (backup ? Math.max(mtu, 1500) : 1500) - headers;
  const maxLength = Math.min(Math.max(wanted, backup ? 1024 : 1), 65535 - headers);
  return { ...daemon, group, maxLength, port: daemon.port || 8848, ttl: daemon.ttl || 1 };
}

/** Whether two servers of a service are the same one. */
export function sameServer(one: ServerId, other: ServerId): boolean {
  return one.port === other.port && one.address.equals(other.address);
}
