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
} from "../../ipvs/checks.js";
import type { ConnectionFilter } from "../../ipvs/connection-filter.js";
import type { DataPlane } from "../../ipvs/data-plane.js";
import { IpvsError } from "../../ipvs/errors.js";
import type { MarkRule } from "../../ipvs/marks.js";
import {
  type ConnectionEntry,
  noCounters,
  type ServerId,
  type ServerSpec,
  type ServiceId,
  type ServiceSpec,
  type ServiceStatus,
  type SyncDaemon,
  type Timeouts,
} from "../../ipvs/model.js";
import type { SyncDaemons } from "../../ipvs/sync/index.js";
import { checkTunable, defaultTunables, tunableNames } from "../../ipvs/tunables.js";
import { needRoot } from "../../sys/index.js";
import { readConnections } from "./connections.js";
import { counted, countedAll, sum } from "./counters.js";
import { flushConnections, flushLost } from "./flush-connections.js";
import { HeldState } from "./held-state.js";
import type { HostNetwork } from "./host-network.js";
import { readMarkRules, writeMarkRules } from "./mark-rules.js";
import { release, serviceNumbers } from "./mend.js";
import { RecordIndex } from "./record-index.js";
import { readList, writeList } from "./server-list.js";
import { configureServer } from "./server-record.js";
import { countedBy, findSlot, removeSlot, takeSlot, zeroSlot } from "./server-slots.js";
import { addService, editService, findService, removeService } from "./service-record.js";
import { serviceStatus } from "./service-status.js";
import { type DirectorState, setTunable } from "./state.js";
import { readTimeouts, writeTimeouts } from "./timeouts.js";
import { notYet } from "./unsupported.js";
import { noteWay } from "./ways.js";

/** What the kernel shows as the size of its table, in buckets, unless it is told otherwise. */
const shownTableSize = 4096;

/**
 * The data plane of our own packet program, in the caller's network namespace. The kernel holds all of it: opening reads
 * nothing but pinned maps, closing leaves everything running. The first change makes the state and attaches the director to
 * the interfaces that are there; listing makes and attaches nothing.
 */
export class XdpPlane implements DataPlane {
  readonly tableSize = shownTableSize;
  readonly #held: HeldState;
  readonly #syncDaemons: SyncDaemons | undefined;

  /** `warn` is told what goes wrong beside a change that is made all the same. Without `syncDaemons` there are none. */
  constructor(options: { warn?: (sentence: string) => void; syncDaemons?: SyncDaemons } = {}) {
    needRoot("the director needs root (CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON)");
    this.#held = new HeldState(options.warn ?? (() => {}));
    this.#syncDaemons = options.syncDaemons;
  }

  services({ statistics = true }: { readonly statistics?: boolean } = {}): ServiceStatus[] {
    const state = this.#state;
    if (!state) return [];
    const all = statistics ? countedAll(state, state.settings.serversUsed) : undefined;
    return [...serviceNumbers(state)].map((index) => serviceStatus(state, index, all));
  }

  service(id: ServiceId): ServiceStatus | undefined {
    const state = this.#state;
    const index = state && findService(state, id);
    return index === undefined
      ? undefined
      : serviceStatus(state!, index, (server) => counted(state!, server));
  }

  addService(spec: ServiceSpec): void {
    this.#held.change((state) => {
      checkNewService(findService(state, spec.id) !== undefined, spec, this.#checks);
      addService(state, spec);
    });
  }

  editService(spec: ServiceSpec): void {
    this.#held.change((state) => {
      const index = findService(state, spec.id);
      checkEditedService(index !== undefined, spec, this.#checks);
      editService(state, index!, spec);
    });
  }

  deleteService(id: ServiceId): void {
    this.#held.change((state) => {
      const index = findService(state, id);
      if (index === undefined) throw new IpvsError("no-service");
      this.#removeServices(state, [index]);
    });
  }

  flush(): void {
    if (!this.#state) return;
    this.#held.change((state) => {
      this.#removeServices(state, [...RecordIndex.of(state).services]);
    });
  }

  addServer(service: ServiceId, spec: ServerSpec): void {
    this.#held.change((state) => {
      const index = findService(state, service);
      const server = index === undefined ? undefined : this.#findServer(state, index, spec);
      checkNewServer(
        { service: index !== undefined, server: server !== undefined },
        service,
        spec,
        this.#checks,
      );
      const isLocal = this.#host.isLocal(spec.address);
      if (!isLocal) this.#host.keepNeighbour(spec.address);
      const slot = takeSlot(state, index!, spec);
      configureServer(state, slot, spec, isLocal);
      noteWay(state.servers.at(slot), this.#host);
      writeList(state, index!, [slot, ...readList(state, index!)], { kind: "added" });
    });
  }

  editServer(service: ServiceId, spec: ServerSpec): void {
    this.#held.change((state) => {
      const index = findService(state, service);
      const slot = index === undefined ? undefined : this.#findServer(state, index, spec);
      checkEditedServer({ service: index !== undefined, server: slot !== undefined }, service, spec);
      const isLocal = this.#host.isLocal(spec.address);
      configureServer(state, slot!, spec, isLocal);
      noteWay(state.servers.at(slot!), this.#host);
      writeList(state, index!, readList(state, index!), { kind: "edited" });
    });
  }

  deleteServer(service: ServiceId, server: ServerId): void {
    this.#held.change((state) => {
      const index = findService(state, service);
      const slot = index === undefined ? undefined : this.#findServer(state, index, server);
      checkDeletedServer({ service: index !== undefined, server: slot !== undefined });
      const list = readList(state, index!);
      const place = list.indexOf(slot!);
      writeList(
        state,
        index!,
        list.filter((one) => one !== slot),
        { kind: "removed", place },
      );
      const record = state.services.at(index!);
      removeSlot(state, slot!);
      record.retired = sum(record.retired, countedBy(state, slot!));
      this.#endLost(state);
    });
  }

  zero(id?: ServiceId): void {
    if (!this.#state) {
      if (id) throw new IpvsError("no-service");
      return;
    }
    this.#held.locked((state) => {
      const one = id && findService(state, id);
      if (id && one === undefined) throw new IpvsError("no-service");
      for (const index of one === undefined ? serviceNumbers(state) : [one]) {
        state.services.at(index).retired = noCounters;
        for (const server of readList(state, index)) zeroSlot(state, server);
      }
    });
  }

  connections(): Iterable<ConnectionEntry> {
    return this.#state ? readConnections(this.#state) : [];
  }

  flushConnections(filter: ConnectionFilter): number {
    if (!this.#state) return 0;
    let flushed = 0;
    this.#held.locked((state) => {
      flushed = flushConnections(state, filter);
    });
    return flushed;
  }

  markRules(): MarkRule[] {
    return this.#state ? readMarkRules(this.#state.marks) : [];
  }

  setMarkRules(rules: readonly MarkRule[]): void {
    if (!this.#state && rules.length === 0) return;
    this.#held.locked((state) => writeMarkRules(state.marks, rules));
  }

  timeouts(): Timeouts {
    return readTimeouts(this.#state);
  }

  setTimeouts(timeouts: Timeouts): void {
    checkTimeouts(timeouts);
    this.#held.change((state) => writeTimeouts(state, timeouts));
  }

  tunables(): ReadonlyMap<string, number> {
    const values = this.#state?.settings.tunables ?? defaultTunables();
    return new Map(tunableNames.map((name, index) => [name, values[index]!]));
  }

  setTunable(name: string, value: number): void {
    checkTunable(name, value, this.tunables());
    this.#held.locked((state) => {
      setTunable(state.settingsMemory, checkTunable(name, value, this.tunables()), value);
    });
  }

  syncDaemons(): SyncDaemon[] {
    return this.#syncDaemons?.list() ?? [];
  }

  startSyncDaemon(daemon: SyncDaemon): void {
    if (!this.#syncDaemons) throw notYet("start a sync daemon from here");
    const link = this.#host.network.links.find(daemon.multicastInterface);
    checkNewSyncDaemon({
      running: this.syncDaemons().some(({ role }) => role === daemon.role),
      mixedFamilies: false,
      interfaceExists: link !== undefined,
    });
    this.#held.locked(() => {}); // the state, if there is none yet
    this.#syncDaemons.start(completeSyncDaemon(daemon, link?.mtu));
  }

  stopSyncDaemon(role: SyncDaemon["role"]): void {
    if (!this.#syncDaemons) throw new IpvsError("no-daemon");
    this.#syncDaemons.stop(role);
  }

  /** Whether it shows what there is: for those who keep it open. If not, another one has to be opened. */
  isCurrent(): boolean {
    return this.#held.isCurrent();
  }

  together<T>(work: () => T): T {
    return this.#held.together(work);
  }

  close(): void {
    this.#held.close();
  }

  #removeServices(state: DirectorState, indexes: readonly number[]): void {
    for (const index of indexes) removeService(state, index);
    this.#endLost(state);
    if (RecordIndex.of(state).services.size === 0) release(state, 0);
  }

  get #state(): DirectorState | undefined {
    return this.#held.state;
  }

  get #host(): HostNetwork {
    return this.#held.host;
  }

  /** With expire_nodest_conn the connections of a server end when it is removed (ip_vs_expire_nodest_conn_flush). */
  #endLost(state: DirectorState): void {
    if (this.tunables().get("expire_nodest_conn") !== 0) flushLost(state);
  }

  get #checks(): CheckOptions {
    return {
      isBroadcast: (address) => this.#host.isBroadcast(address),
      isLocal: (address) => this.#host.isLocal(address),
      hasEngine: () => false,
    };
  }

  #findServer(state: DirectorState, service: number, server: ServerId): number | undefined {
    return findSlot(state, readList(state, service), server);
  }
}
