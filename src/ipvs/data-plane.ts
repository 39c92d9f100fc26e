import type { ConnectionFilter } from "./connection-filter.js";
import type { MarkRule } from "./marks.js";
import type {
  ConnectionEntry,
  ServerId,
  ServerSpec,
  ServiceId,
  ServiceSpec,
  ServiceStatus,
  SyncDaemon,
  Timeouts,
} from "./model.js";

/**
 * What moves packets, as those who decide see it. Every change is whole or not at all: a call that throws has changed
 * nothing. Two makers: dataplane/xdp (our own packet program) and dataplane/ipvs (the kernel's ip_vs).
 *
 * Refusals are {@link IpvsError}s with the kernel's meaning; anything else that goes wrong is a RondoError.
 */
export interface DataPlane {
  /**
   * All services, in no particular order; or the one named. Without statistics all counters and rates may be 0: of a large
   * table that is much quicker.
   */
  services(options?: { readonly statistics?: boolean }): ServiceStatus[];
  service(id: ServiceId): ServiceStatus | undefined;

  addService(spec: ServiceSpec): void;
  editService(spec: ServiceSpec): void;
  deleteService(id: ServiceId): void;
  /** Deletes all services; connections stay in the table, as the kernel does it. */
  flush(): void;

  addServer(service: ServiceId, spec: ServerSpec): void;
  editServer(service: ServiceId, spec: ServerSpec): void;
  deleteServer(service: ServiceId, server: ServerId): void;

  /** Sets the counters of one service and its servers, or of all, to zero. */
  zero(id?: ServiceId): void;

  connections(): Iterable<ConnectionEntry>;
  /** Ends the connections (and templates) that a filter lets pass, as if their time were over; how many there were. */
  flushConnections(filter: ConnectionFilter): number;
  /** The table's size as `ipvsadm -L` shows it in its first line. */
  readonly tableSize: number;

  timeouts(): Timeouts;
  /** A value of 0 keeps what was. */
  setTimeouts(timeouts: Timeouts): void;

  /** The settings of the kernel's /proc/sys/net/ipv4/vs and our own, by name (ipvs/tunables.ts). */
  tunables(): ReadonlyMap<string, number>;
  /** Sets one. Throws RondoError "no-tunable" or "tunable-value". */
  setTunable(name: string, value: number): void;

  /** What gives packets their marks, in order: the first rule that fits counts. */
  markRules(): MarkRule[];
  /** Replaces all of them at once. Throws RondoError "too-many-marks". */
  setMarkRules(rules: readonly MarkRule[]): void;

  syncDaemons(): SyncDaemon[];
  startSyncDaemon(daemon: SyncDaemon): void;
  stopSyncDaemon(role: SyncDaemon["role"]): void;

  /**
   * Runs `work`, whose changes come at one stroke for other writers, and cost less than one by one. Each of them is whole or
   * refused for itself, as ever: one that is refused takes none of the others back. What has to be done after a change and
   * fails is thrown at the end; then the changes are made all the same.
   */
  together<T>(work: () => T): T;

  close(): void;
}
