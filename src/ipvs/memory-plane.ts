import type { IpAddress } from "../wire/address.js";
import {
  type CheckOptions,
  checkDeletedServer,
  checkEditedServer,
  checkEditedService,
  checkNewServer,
  checkNewService,
  checkNewSyncDaemon,
  checkTimeouts,
  completeSyncDaemon,
  mergeTimeouts,
  sameServer,
  serviceFamily,
} from "./checks.js";
import { type ConnectionFilter, passes } from "./connection-filter.js";
import type { DataPlane } from "./data-plane.js";
import { IpvsError } from "./errors.js";
import { checkMarkRules, type MarkRule } from "./marks.js";
import {
  type ConnectionEntry,
  endpointText,
  noCounters,
  noRates,
  type ServerId,
  type ServerSpec,
  type ServerStatus,
  type ServiceId,
  type ServiceSpec,
  type ServiceStatus,
  type SyncDaemon,
  serviceIdText,
  type Timeouts,
} from "./model.js";
import { checkTunable, tunables } from "./tunables.js";

/** What packets would have changed about a server. */
type ServerTraffic = Pick<ServerStatus, "active" | "inactive" | "persistent" | "counters" | "rates">;
/** What packets would have changed about a service. */
type ServiceTraffic = Pick<ServiceStatus, "counters" | "rates">;

const idle: ServerTraffic = { active: 0, inactive: 0, persistent: 0, counters: noCounters, rates: noRates };

interface ServerRecord {
  spec: ServerSpec;
  traffic: ServerTraffic;
}
interface ServiceRecord {
  spec: ServiceSpec;
  traffic: ServiceTraffic;
  /** Newest first. */
  servers: ServerRecord[];
}

/** What a {@link MemoryPlane} takes for granted about its host. */
interface MemoryPlaneOptions extends CheckOptions {
  /** Buckets of the connection table, as the first line of a listing shows them; default 4096. */
  readonly tableSize?: number;
  /** Interfaces that a sync daemon can use; default: every one. */
  readonly hasInterface?: (name: string) => boolean;
}

/**
 * A data plane without packets: it keeps services and servers in memory, refuses what the kernel refuses in the order
 * in which the kernel does, and shows the traffic that it is told. For tests, dry runs, and to learn what a
 * configuration does.
 */
export class MemoryPlane implements DataPlane {
  readonly tableSize: number;
  readonly #options: MemoryPlaneOptions;
  readonly #services = new Map<string, ServiceRecord>();
  /** Deleted servers that still have connections: one that returns to the same service has its counts again. */
  readonly #trash = new Map<string, ServerTraffic>();
  readonly #daemons = new Map<SyncDaemon["role"], SyncDaemon>();
  readonly #tunables = new Map(tunables.map((tunable) => [tunable.name, tunable.default]));
  #timeouts: Timeouts = { tcp: 900, tcpFin: 120, udp: 300 };
  #connections: readonly ConnectionEntry[] = [];
  #markRules: readonly MarkRule[] = [];

  constructor(options: MemoryPlaneOptions = {}) {
    this.#options = options;
    this.tableSize = options.tableSize ?? 4096;
  }

  services(): ServiceStatus[] {
    return [...this.#services.values()].map(statusOf);
  }

  service(id: ServiceId): ServiceStatus | undefined {
    const record = this.#services.get(serviceIdText(id));
    return record && statusOf(record);
  }

  addService(spec: ServiceSpec): void {
    const key = serviceIdText(spec.id);
    checkNewService(this.#services.has(key), spec, this.#options);
    this.#services.set(key, { spec, traffic: { counters: noCounters, rates: noRates }, servers: [] });
  }

  editService(spec: ServiceSpec): void {
    const record = this.#services.get(serviceIdText(spec.id));
    checkEditedService(record !== undefined, spec, this.#options);
    record!.spec = spec;
  }

  deleteService(id: ServiceId): void {
    const record = this.#find(id, "no-service");
    for (const server of record.servers) this.#bury(id, server);
    this.#services.delete(serviceIdText(id));
  }

  flush(): void {
    for (const record of [...this.#services.values()]) this.deleteService(record.spec.id);
  }

  addServer(service: ServiceId, spec: ServerSpec): void {
    checkNewServer(this.#context(service, spec), service, spec, this.#options);
    const grave = graveOf(service, spec);
    const traffic = this.#trash.get(grave) ?? idle;
    this.#trash.delete(grave);
    this.#find(service, "service-not-defined").servers.unshift({ spec, traffic });
  }

  editServer(service: ServiceId, spec: ServerSpec): void {
    checkEditedServer(this.#context(service, spec), service, spec);
    this.#server(service, spec)!.spec = spec;
  }

  deleteServer(service: ServiceId, server: ServerId): void {
    checkDeletedServer(this.#context(service, server));
    const record = this.#find(service, "service-not-defined");
    const gone = this.#server(service, server)!;
    record.servers.splice(record.servers.indexOf(gone), 1);
    this.#bury(service, gone);
  }

  zero(id?: ServiceId): void {
    const records = id ? [this.#find(id, "no-service")] : this.#services.values();
    for (const record of records) {
      record.traffic = { ...record.traffic, counters: noCounters };
      for (const server of record.servers) server.traffic = { ...server.traffic, counters: noCounters };
    }
  }

  connections(): Iterable<ConnectionEntry> {
    return this.#connections;
  }

  flushConnections(filter: ConnectionFilter): number {
    const before = this.#connections.length;
    this.#connections = this.#connections.filter((entry) => !passes(filter, entry));
    return before - this.#connections.length;
  }

  markRules(): MarkRule[] {
    return [...this.#markRules];
  }

  setMarkRules(rules: readonly MarkRule[]): void {
    checkMarkRules(rules);
    this.#markRules = [...rules];
  }

  timeouts(): Timeouts {
    return this.#timeouts;
  }

  setTimeouts(timeouts: Timeouts): void {
    checkTimeouts(timeouts);
    this.#timeouts = mergeTimeouts(this.#timeouts, timeouts);
  }

  tunables(): ReadonlyMap<string, number> {
    return new Map(this.#tunables);
  }

  setTunable(name: string, value: number): void {
    checkTunable(name, value, this.#tunables);
    this.#tunables.set(name, value);
  }

  syncDaemons(): SyncDaemon[] {
    return [...this.#daemons.values()];
  }

  startSyncDaemon(daemon: SyncDaemon): void {
    checkNewSyncDaemon({
      running: this.#daemons.has(daemon.role),
      mixedFamilies: [...this.#services.values()].some(hasMixedFamilies),
      interfaceExists: this.#options.hasInterface?.(daemon.multicastInterface) ?? true,
    });
    this.#daemons.set(daemon.role, completeSyncDaemon(daemon));
  }

  stopSyncDaemon(role: SyncDaemon["role"]): void {
    if (!this.#daemons.delete(role)) throw new IpvsError("no-daemon");
  }

  together<T>(work: () => T): T {
    return work();
  }

  close(): void {}

  /** Says what packets did: to a service, or to one of its servers. Refuses as an edit would. */
  setTraffic(service: ServiceId, traffic: Partial<ServiceTraffic>): void;
  setTraffic(service: ServiceId, traffic: Partial<ServerTraffic>, server: ServerId): void;
  setTraffic(service: ServiceId, traffic: Partial<ServerTraffic>, server?: ServerId): void {
    const record = this.#find(service, "service-not-defined");
    if (!server) {
      record.traffic = { ...record.traffic, ...traffic };
      return;
    }
    const found = this.#server(service, server);
    if (!found) throw new IpvsError("no-server");
    found.traffic = { ...found.traffic, ...traffic };
  }

  /** Says which connections there are. */
  setConnections(connections: readonly ConnectionEntry[]): void {
    this.#connections = connections;
  }

  #find(id: ServiceId, refusal: "no-service" | "service-not-defined"): ServiceRecord {
    const record = this.#services.get(serviceIdText(id));
    if (!record) throw new IpvsError(refusal);
    return record;
  }

  #server(service: ServiceId, server: ServerId): ServerRecord | undefined {
    return this.#services.get(serviceIdText(service))?.servers.find(({ spec }) => sameServer(spec, server));
  }

  #context(service: ServiceId, server: ServerId) {
    return {
      service: this.#services.has(serviceIdText(service)),
      server: this.#server(service, server) !== undefined,
      syncRunning: this.#daemons.size > 0,
    };
  }

  #bury(service: ServiceId, { spec, traffic }: ServerRecord): void {
    if (traffic.active + traffic.inactive + traffic.persistent > 0)
      this.#trash.set(graveOf(service, spec), traffic);
  }
}

const graveOf = (service: ServiceId, server: { address: IpAddress; port: number }) =>
  `${serviceIdText(service)} ${endpointText(server)}`;

function statusOf({ spec, traffic, servers }: ServiceRecord): ServiceStatus {
  return { ...spec, ...traffic, servers: servers.map((server) => ({ ...server.spec, ...server.traffic })) };
}

function hasMixedFamilies({ spec, servers }: ServiceRecord): boolean {
  return servers.some((server) => server.spec.address.family !== serviceFamily(spec.id));
}
