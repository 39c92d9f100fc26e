import type { PlainStruct } from "../../asm/index.js";
import { RondoError } from "../../errors.js";
import {
  type CheckOptions,
  checkDeletedServer,
  checkEditedServer,
  checkEditedService,
  checkNewServer,
  checkNewService,
  checkTimeouts,
  mergeTimeouts,
} from "../../ipvs/checks.js";
import type { ConnectionFilter } from "../../ipvs/connection-filter.js";
import type { DataPlane } from "../../ipvs/data-plane.js";
import { IpvsError } from "../../ipvs/errors.js";
import type { MarkRule } from "../../ipvs/marks.js";
import {
  type ConnectionEntry,
  type Counters,
  noCounters,
  noRates,
  type Protocol,
  type ServerId,
  type ServerSpec,
  type ServerStatus,
  type ServiceId,
  type ServiceSpec,
  type ServiceStatus,
  type SyncDaemon,
  type Timeouts,
  type Tunnel,
} from "../../ipvs/model.js";
import { flagBits, flagsOf } from "../../ipvs/schedulers.js";
import { checkTunable, defaultTunables, tunableNames } from "../../ipvs/tunables.js";
import { type FolderLock, isRoot } from "../../sys/index.js";
import { watchAnswers } from "./answers-attached.js";
import { allowRouting, attachWhereMissing } from "./attach.js";
import { readConnections } from "./connections.js";
import { counted, countedAll, sinceZeroed, sum } from "./counters.js";
import { flushConnections, flushLost } from "./flush-connections.js";
import { goOn, isGrowing } from "./growth.js";
import { HostNetwork } from "./host-network.js";
import {
  Method,
  Ready,
  type Server,
  ServerFlag,
  type Service,
  ServiceFlag,
  ServiceNumber,
  seconds,
  TunnelFlag,
  TunnelType,
  ticks,
  Use,
} from "./layout.js";
import { readMarkRules, writeMarkRules } from "./mark-rules.js";
import { release, serviceNumbers } from "./mend.js";
import { averagesOf, perSecond } from "./rates.js";
import { RecordIndex } from "./record-index.js";
import {
  addressIn,
  identityOf,
  isWild,
  maskBytes,
  methodNamed,
  persistenceOf,
  serviceIdOf,
  serviceKey,
} from "./records.js";
import { schedulerId, schedulerName } from "./schedulers/index.js";
import { leaveList, readList, writeList } from "./server-list.js";
import { countedBy, findSlot, orphanSlots, removeSlot, takeSlot, zeroSlot } from "./server-slots.js";
import { DirectorState, setTunable } from "./state.js";
import { stateNumber } from "./tcp-states.js";
import { timeoutIndexes } from "./transitions.js";
import { notYet } from "./unsupported.js";
import { noteWay } from "./ways.js";

/** What the kernel shows as the size of its table, in buckets, unless it is told otherwise. */
const shownTableSize = 4096;

/**
 * Milliseconds within which the interfaces are not looked at again: thousands of changes that come at once need it once, and
 * once more when the plane is closed.
 */
const attachPeriod = 1000;

/**
 * The data plane of our own packet program, in the caller's network namespace. The kernel holds all of it: opening reads
 * nothing but pinned maps, closing leaves everything running. The first change makes the state and attaches the director to
 * the interfaces that are there; listing makes and attaches nothing.
 */
export class XdpPlane implements DataPlane {
  readonly tableSize = shownTableSize;
  #state: DirectorState | undefined;
  #network: HostNetwork | undefined;
  #attachedAt = 0;
  /** Whether something was changed since the director was last looked for at the interfaces. */
  #attachLater = false;
  #hasTriedToGrow = false;
  /** While changes are made together: the lock, once the first of them has taken it. */
  #together: { lock?: FolderLock; hasChanged: boolean } | undefined;

  readonly #warn: (sentence: string) => void;

  /** `warn` is told what goes wrong beside a change that is made all the same. */
  constructor(options: { warn?: (sentence: string) => void } = {}) {
    this.#warn = options.warn ?? (() => {});
    if (!isRoot())
      throw new RondoError("no-root", "the director needs root (CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON)", {
        remedy: "Run it as root.",
      });
    this.#state = DirectorState.open();
  }

  services({ statistics = true }: { readonly statistics?: boolean } = {}): ServiceStatus[] {
    const state = this.#state;
    if (!state) return [];
    const all = statistics ? countedAll(state, state.settings.serversUsed) : undefined;
    return [...serviceNumbers(state)].map((index) => this.#statusOf(state, index, all));
  }

  service(id: ServiceId): ServiceStatus | undefined {
    const state = this.#state;
    const index = state && this.#find(state, id);
    return index === undefined
      ? undefined
      : this.#statusOf(state!, index, (server) => counted(state!, server));
  }

  addService(spec: ServiceSpec): void {
    this.#change((state) => {
      checkNewService(this.#find(state, spec.id) !== undefined, spec, this.#checks);
      const identity = identityOf(spec.id);
      const records = RecordIndex.of(state);
      const index = records.takeService();
      const record = state.services.at(index);
      record.state = 0n;
      record.list = 0;
      record.address = identity.address;
      record.port = identity.port;
      record.protocol = identity.protocol;
      record.family = identity.family;
      record.mark = spec.id.kind === "mark" ? spec.id.mark : 0;
      record.retired = noCounters;
      describeService(record, spec);
      writeList(state, index, [], { kind: "scheduler", scheduler: schedulerId(spec.scheduler) });
      record.use = Use.live;
      state.maps["service_index"]!.update(serviceKey(identity), ServiceNumber.encode({ index }));
      if (isWild(identity)) state.settings.wildServices++;
      records.serviceAdded(index);
      if (records.services.size === 1) release(state, 1);
    });
  }

  editService(spec: ServiceSpec): void {
    this.#change((state) => {
      const index = this.#find(state, spec.id);
      checkEditedService(index !== undefined, spec, this.#checks);
      const record = state.services.at(index!);
      const scheduler = schedulerId(spec.scheduler);
      if (record.scheduler !== scheduler)
        writeList(state, index!, readList(state, index!), { kind: "scheduler", scheduler });
      describeService(record, spec);
    });
  }

  deleteService(id: ServiceId): void {
    this.#change((state) => {
      const index = this.#find(state, id);
      if (index === undefined) throw new IpvsError("no-service");
      this.#deleteService(state, index);
      this.#endLost(state);
      this.#releaseIfLast(state);
    });
  }

  flush(): void {
    if (!this.#state) return;
    this.#change((state) => {
      for (const index of [...RecordIndex.of(state).services]) this.#deleteService(state, index);
      this.#endLost(state);
      this.#releaseIfLast(state);
    });
  }

  addServer(service: ServiceId, spec: ServerSpec): void {
    this.#change((state) => {
      const index = this.#find(state, service);
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
      this.#configure(state, slot, spec, isLocal);
      noteWay(state.servers.at(slot), this.#host);
      writeList(state, index!, [slot, ...readList(state, index!)], { kind: "added" });
    });
  }

  editServer(service: ServiceId, spec: ServerSpec): void {
    this.#change((state) => {
      const index = this.#find(state, service);
      const slot = index === undefined ? undefined : this.#findServer(state, index, spec);
      checkEditedServer({ service: index !== undefined, server: slot !== undefined }, service, spec);
      const isLocal = this.#host.isLocal(spec.address);
      this.#configure(state, slot!, spec, isLocal);
      noteWay(state.servers.at(slot!), this.#host);
      writeList(state, index!, readList(state, index!), { kind: "edited" });
    });
  }

  deleteServer(service: ServiceId, server: ServerId): void {
    this.#change((state) => {
      const index = this.#find(state, service);
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
    this.#locked((state) => {
      const one = id && this.#find(state, id);
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
    this.#locked((state) => {
      flushed = flushConnections(state, filter);
    });
    return flushed;
  }

  markRules(): MarkRule[] {
    return this.#state ? readMarkRules(this.#state.marks) : [];
  }

  setMarkRules(rules: readonly MarkRule[]): void {
    if (!this.#state && rules.length === 0) return;
    this.#locked((state) => writeMarkRules(state.marks, rules));
  }

  timeouts(): Timeouts {
    const state = this.#state;
    if (!state) return { tcp: 900, tcpFin: 120, udp: 300 };
    const { timeouts } = state.settings;
    const inSeconds = (protocol: Protocol, state: number) =>
      Math.round(seconds(timeouts[timeoutIndexes(protocol, state)[0]!]!));
    return {
      tcp: inSeconds("tcp", stateNumber("ESTABLISHED")),
      tcpFin: inSeconds("tcp", stateNumber("FIN_WAIT")),
      udp: inSeconds("udp", 0),
    };
  }

  setTimeouts(timeouts: Timeouts): void {
    checkTimeouts(timeouts);
    this.#change((state) => {
      const next = mergeTimeouts(this.timeouts(), timeouts);
      const table = [...state.settings.timeouts];
      const put = (seconds: number, indexes: readonly number[]) => {
        for (const index of indexes) table[index] = ticks(seconds);
      };
      put(next.tcp, timeoutIndexes("tcp", stateNumber("ESTABLISHED")));
      put(next.tcpFin, timeoutIndexes("tcp", stateNumber("FIN_WAIT")));
      for (let state = 0; state < 16; state++) put(next.udp, timeoutIndexes("udp", state));
      state.settings.timeouts = table;
    });
  }

  tunables(): ReadonlyMap<string, number> {
    const values = this.#state?.settings.tunables ?? defaultTunables();
    return new Map(tunableNames.map((name, index) => [name, values[index]!]));
  }

  setTunable(name: string, value: number): void {
    checkTunable(name, value, this.tunables());
    this.#locked((state) => {
      setTunable(state.settingsMemory, checkTunable(name, value, this.tunables()), value);
    });
  }

  syncDaemons(): SyncDaemon[] {
    return [];
  }
  startSyncDaemon(): void {
    throw notYet("the sync daemon");
  }
  stopSyncDaemon(): void {
    throw new IpvsError("no-daemon");
  }

  together<T>(work: () => T): T {
    if (this.#together) return work();
    const held: { lock?: FolderLock; hasChanged: boolean } = { hasChanged: false };
    this.#together = held;
    try {
      const result = work();
      if (held.hasChanged) this.#state!.locked(() => this.#follow(this.#state!));
      return result;
    } finally {
      this.#together = undefined;
      held.lock?.release();
    }
  }

  close(): void {
    if (this.#attachLater) this.#attachAtLast();
    this.#network?.close();
    this.#state?.close();
  }

  /** With expire_nodest_conn the connections of a server end when it is removed (ip_vs_expire_nodest_conn_flush). */
  #endLost(state: DirectorState): void {
    if (this.tunables().get("expire_nodest_conn") !== 0) flushLost(state);
  }

  /** Makes the state if there is none, holds the lock, and sees to it that the director is attached. */
  #change(work: (state: DirectorState) => void): void {
    this.#locked((state) => {
      work(state);
      if (this.#together) this.#together.hasChanged = true;
      else this.#follow(state);
    });
  }

  /** What has to be seen to after a change, or after several together. */
  #follow(state: DirectorState): void {
    allowRouting();
    this.#attachLater = Date.now() - this.#attachedAt < attachPeriod;
    if (!this.#attachLater) this.#attach(state);
  }

  /** What was put off is done, unless there is no director any more. */
  #attachAtLast(): void {
    this.#attachLater = false;
    try {
      this.#state?.locked(() => this.#attach(this.#state!));
    } catch (error) {
      if (!(error instanceof RondoError && error.code === "state-gone")) throw error;
    }
  }

  #attach(state: DirectorState): void {
    this.#attachedAt = Date.now();
    if (isGrowing(state) && !this.#hasTriedToGrow) this.#goOnGrowing(state);
    if (state.settings.chosen === 0)
      for (const { link, error } of attachWhereMissing(state, this.#host))
        this.#warn(`the director is not attached to ${link.name}: ${error.message}`);
    for (const { link, error } of watchAnswers(state, this.#host))
      this.#warn(`the director doesn't see what its own servers answer by ${link.name}: ${error.message}`);
  }

  /** Somebody was killed while the connection table grew, or not all found a place. It takes seconds, so it is tried once. */
  #goOnGrowing(state: DirectorState): void {
    this.#hasTriedToGrow = true;
    try {
      goOn(state, this.#host);
    } catch (error) {
      this.#warn(`the connection table can't be made larger: ${(error as Error).message}`);
    }
  }

  /** Holds the lock while `work` runs. A state that was reset since it was opened is opened, or made, once more. */
  #locked(work: (state: DirectorState) => void): void {
    for (;;) {
      const state = (this.#state ??= DirectorState.openOrCreate());
      try {
        if (!this.#together) this.#network?.forget();
        else if (!this.#together.lock) {
          this.#together.lock = state.hold();
          this.#network?.forget();
        }
        state.locked(() => work(state));
        return;
      } catch (error) {
        if (!(error instanceof RondoError && error.code === "state-gone")) throw error;
        state.close();
        this.#state = undefined;
      }
    }
  }

  get #host(): HostNetwork {
    this.#network ??= new HostNetwork();
    return this.#network;
  }

  get #checks(): CheckOptions {
    return {
      isBroadcast: (address) => this.#host.isBroadcast(address),
      isLocal: (address) => this.#host.isLocal(address),
      hasEngine: () => false,
    };
  }

  #find(state: DirectorState, id: ServiceId): number | undefined {
    const found = state.maps["service_index"]!.lookup(serviceKey(identityOf(id)));
    return found && ServiceNumber.over(found).index;
  }

  #findServer(state: DirectorState, service: number, server: ServerId): number | undefined {
    return findSlot(state, readList(state, service), server);
  }

  #deleteService(state: DirectorState, index: number): void {
    const record = state.services.at(index);
    state.maps["service_index"]!.delete(serviceKey(record));
    if (isWild(record)) state.settings.wildServices--;
    for (const server of readList(state, index)) removeSlot(state, server);
    orphanSlots(state, index);
    record.use = Use.free;
    leaveList(state, index);
    RecordIndex.of(state).serviceGone(index);
  }

  #releaseIfLast(state: DirectorState): void {
    if (RecordIndex.of(state).services.size === 0) release(state, 0);
  }

  #configure(state: DirectorState, slot: number, spec: ServerSpec, isLocal: boolean): void {
    const record = state.servers.at(slot);
    record.configured = Method[spec.method];
    const method = isLocal ? Method.local : Method[spec.method];
    const hasMoved = (record.method === Method.local) !== isLocal;
    record.method = method;
    record.tunnelType = TunnelType[spec.tunnel?.type ?? "ipip"];
    record.tunnelPort = spec.tunnel?.port ?? 0;
    record.tunnelFlags = tunnelFlags[spec.tunnel?.checksum ?? "none"];
    record.weight = spec.weight;
    if (record.use !== Use.live || spec.weight !== 0) record.lastWeight = spec.weight;
    limit(record, spec.upperThreshold, spec.lowerThreshold);
    if (record.use === Use.live) {
      if (hasMoved) record.ready = Ready.unknown;
      return;
    }
    // In this order: a packet that finds it not yet live would mark it as removed for good.
    record.use = Use.live;
    record.ready = Ready.unknown;
  }

  /** Without `count` counters and rates stay 0. */
  #statusOf(state: DirectorState, index: number, count?: (server: number) => Counters): ServiceStatus {
    const record = state.services.at(index);
    const slots = readList(state, index);
    const servers = slots.map((slot): ServerStatus => {
      const server = state.servers.at(slot);
      return {
        address: addressIn(server.address, server.family),
        port: server.port,
        method: methodNamed(server.configured),
        ...(server.configured === Method.tunnel && { tunnel: tunnelOf(server) }),
        weight: server.weight,
        upperThreshold: server.upperThreshold,
        lowerThreshold: server.lowerThreshold,
        active: server.active,
        inactive: server.inactive,
        persistent: server.persistent,
        counters: count ? sinceZeroed(state, slot, count) : noCounters,
        rates: count ? perSecond(averagesOf(state, [slot])) : noRates,
      };
    });
    const scheduler = schedulerName(record.scheduler);
    return {
      id: serviceIdOf(record),
      scheduler,
      schedulerFlags: flagsOf(scheduler, record.flags),
      onePacket: (record.flags & ServiceFlag.onePacket) !== 0,
      ...((record.flags & ServiceFlag.persistent) !== 0 && { persistence: persistenceOf(record) }),
      counters: count ? servers.map(({ counters }) => counters).reduce(sum, record.retired) : noCounters,
      rates: count ? perSecond(averagesOf(state, slots)) : noRates,
      servers,
    };
  }
}

const tunnelFlags = {
  none: 0,
  csum: TunnelFlag.checksum,
  remote: TunnelFlag.remoteChecksum,
} as const;

function tunnelOf(server: { tunnelType: number; tunnelFlags: number; tunnelPort: number }): Tunnel {
  const type = (Object.keys(TunnelType) as Tunnel["type"][]).find(
    (name) => TunnelType[name] === server.tunnelType,
  )!;
  const checksum = (Object.keys(tunnelFlags) as Tunnel["checksum"][]).find(
    (name) => tunnelFlags[name] === server.tunnelFlags,
  )!;
  return { type, port: server.tunnelPort, checksum };
}

/** What can be edited of a service beside its scheduler. */
function describeService(record: PlainStruct<(typeof Service)["shape"]>, spec: ServiceSpec): void {
  const { persistence } = spec;
  if (persistence) {
    record.netmask = maskBytes(persistence.netmask);
    record.persistence = ticks(persistence.timeout);
  }
  record.flags =
    flagBits(spec.scheduler, spec.schedulerFlags) |
    (persistence ? ServiceFlag.persistent : 0) |
    (spec.onePacket ? ServiceFlag.onePacket : 0);
}

/**
 * Sets a server's thresholds. Other ones than before count at once; between the two it stays as it was
 * (net/netfilter/ipvs/ip_vs_ctl.c, __ip_vs_dest_update_overload).
 */
function limit(record: PlainStruct<(typeof Server)["shape"]>, upper: number, lower: number): void {
  if (record.upperThreshold === upper && record.lowerThreshold === lower) return;
  record.upperThreshold = upper;
  record.lowerThreshold = lower;
  const total = record.active + record.inactive;
  if (upper > 0 && total >= upper) record.flags = ServerFlag.overloaded;
  else if (upper === 0 || (lower > 0 ? total < lower : 4 * total < 3 * upper)) record.flags = 0;
}
