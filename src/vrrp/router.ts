import type { GlobalDefs, KeepalivedConfig, VrrpInstance } from "../config/keepalived/model/index.js";
import { type IpAddress, parseVrrp } from "../wire/index.js";
import { isMulticast, isUnicast } from "./check.js";
import { copyFacts, type InterfaceFacts, type VrrpFacts, type WritableFacts } from "./facts.js";
import { VrrpMachine } from "./machine/index.js";
import { type Standing, sourceOf, standingOf } from "./priority.js";
import { settled } from "./settled.js";
import type { RouterSnapshot } from "./snapshot.js";
import { SyncGroup } from "./sync-group.js";
import type { HeardAdvertisement, RefusalReason, VrrpAction, VrrpState } from "./types.js";

/** What the VRRP part needs of a configuration. */
export type VrrpConfig = Pick<
  KeepalivedConfig,
  "global" | "instances" | "syncGroups" | "scripts" | "trackFiles" | "trackProcesses" | "bfdInstances"
>;

/** A packet of protocol 112 as a socket gave it. */
export interface ReceivedPacket {
  /** Of the socket: the interface that the file names (not the vmac on it). */
  readonly interface: string;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** TTL or hop limit, if the socket told. */
  readonly ttl?: number;
  /** What stands behind the IP header, as long as IP says it is. */
  readonly payload: Uint8Array;
}

const parseReasons = {
  short: "packetLengthErrors",
  length: "packetLengthErrors",
  version: "versionErrors",
  type: "invalidTypePackets",
  interval: "advertisementIntervalErrors",
  checksum: "checksumErrors",
} as const satisfies Record<string, RefusalReason>;

/**
 * All virtual routers of a configuration: pure, with the clock as a parameter. A shell drives it so:
 *
 * 1. `new VrrpRouter(config, facts)` with the interfaces as they are; `start(now)`, or `resume(snapshot, now)` after another process.
 * 2. Whatever happens is told by one call: {@link receive} a packet, {@link interfaceChanged}, {@link scriptResult},
 *    {@link fileChanged}, {@link processChanged}, {@link bfdChanged}, {@link addressAnnounced}, {@link reload}, {@link stop}.
 * 3. When the clock has reached {@link deadline}: `tick(now)`.
 * 4. Every call gives a list of actions, to be done in their order and at once (an advertisement that waits for a netlink
 *    answer is late: send it first, then go on). After each call look at {@link deadline} again.
 *
 * `now`: milliseconds of a clock that never goes back and is the same in all processes (`process.hrtime.bigint()`, CLOCK_MONOTONIC),
 * so that a snapshot's times mean the same to the process that takes over. Fractions count.
 */
export class VrrpRouter {
  readonly facts: WritableFacts;
  #config: VrrpConfig;
  #machines = new Map<string, VrrpMachine>();
  #groups: SyncGroup[] = [];
  #standings = new Map<string, Standing>();
  /** Of instances that a reload took away, until they have stopped. */
  #leaving: VrrpMachine[] = [];
  #actions: VrrpAction[] = [];
  #unknownIds = 0;
  #stopping = false;
  #told = false;
  #startsAt = 0;

  constructor(config: VrrpConfig, facts: Partial<VrrpFacts> = {}) {
    this.#config = config;
    this.facts = copyFacts(facts);
    this.#build();
  }

  /** When {@link tick} is to be called; undefined: not at all. */
  get deadline(): number | undefined {
    let least = Number.POSITIVE_INFINITY;
    for (const machine of this.#machines.values()) least = Math.min(least, machine.deadline);
    for (const machine of this.#leaving) least = Math.min(least, machine.deadline);
    return least === Number.POSITIVE_INFINITY ? undefined : least;
  }

  get machines(): ReadonlyMap<string, VrrpMachine> {
    return this.#machines;
  }

  get groups(): readonly SyncGroup[] {
    return this.#groups;
  }

  /** What an instance's tracking comes to now. */
  standing(instance: string): Standing | undefined {
    return this.#standings.get(instance);
  }

  /** What a former run left is taken off; then everybody begins as BACKUP, an address owner as MASTER. */
  start(now: number): VrrpAction[] {
    this.#startsAt = now + this.#config.global.startupDelay;
    for (const machine of this.#machines.values()) machine.clear();
    this.#weigh(now);
    return this.#take();
  }

  /** Instead of {@link start}, with what the process before this one was last. */
  resume(snapshot: RouterSnapshot, now: number): VrrpAction[] {
    for (const [name, good] of Object.entries(snapshot.scripts))
      if (!this.facts.scripts.has(name)) this.facts.scripts.set(name, good);
    for (const machine of this.#machines.values()) {
      const before = snapshot.instances.find(({ name }) => name === machine.name);
      if (!before || !machine.resume(before, now - snapshot.now, now)) machine.clear();
    }
    for (const group of this.#groups) group.settle();
    this.#weigh(now);
    return this.#take();
  }

  receive(packet: ReceivedPacket, now: number): VrrpAction[] {
    const { source, destination, payload, ttl } = packet;
    const machine = this.#addressee(packet);
    if (!machine) {
      this.#unknown(packet);
      return this.#take();
    }
    const group = this.#multicastGroup(machine.settings);
    const parsed = parseVrrp(payload, { source, destination, ...(group.family === 4 && { group }) });
    const before = machine.state;
    if (parsed.ok) {
      const { advertisement, checksum } = parsed;
      machine.heard({ advertisement, checksum, source, destination, ...(ttl !== undefined && { ttl }) }, now);
    } else if (machine.state === "BACKUP" || machine.state === "MASTER")
      machine.refuse({ reason: parseReasons[parsed.fault], text: parsed.text }, { source }, now);
    this.#follow(machine, before, now);
    return this.#take();
  }

  /** As {@link receive}, for an advertisement that was read already. */
  heard(instance: string, heard: HeardAdvertisement, now: number): VrrpAction[] {
    const machine = this.#machines.get(instance);
    if (machine) {
      const before = machine.state;
      machine.heard(heard, now);
      this.#follow(machine, before, now);
    }
    return this.#take();
  }

  /** Another host announced an address: a gratuitous ARP or an unsolicited neighbour advertisement that isn't ours. */
  addressAnnounced(address: IpAddress, now: number): VrrpAction[] {
    for (const machine of this.#all())
      if (machine.settings.addresses.some((entry) => entry.address.equals(address)))
        machine.addressAnnounced(now);
    this.#sweep();
    return this.#take();
  }

  /** `undefined`: it is gone. */
  interfaceChanged(name: string, facts: InterfaceFacts | undefined, now: number): VrrpAction[] {
    if (facts) this.facts.interfaces.set(name, facts);
    else this.facts.interfaces.delete(name);
    return this.#weighed(now);
  }

  /** A vrrp_script, after rise and fall. */
  scriptResult(name: string, good: boolean, now: number): VrrpAction[] {
    this.facts.scripts.set(name, good);
    return this.#weighed(now);
  }

  /** A track_file's number. */
  fileChanged(name: string, value: number, now: number): VrrpAction[] {
    this.facts.files.set(name, value);
    return this.#weighed(now);
  }

  /** Whether a vrrp_track_process has its quorum. */
  processChanged(name: string, good: boolean, now: number): VrrpAction[] {
    this.facts.processes.set(name, good);
    return this.#weighed(now);
  }

  bfdChanged(name: string, up: boolean, now: number): VrrpAction[] {
    if (this.facts.bfds.get(name) !== up) this.#logBfd(name, up);
    this.facts.bfds.set(name, up);
    return this.#weighed(now);
  }

  tick(now: number): VrrpAction[] {
    for (const machine of this.#all())
      if (machine.deadline <= now) {
        const before = machine.state;
        machine.tick(now);
        this.#follow(machine, before, now);
      }
    this.#sweep();
    return this.#take();
  }

  /**
   * Stops everything in order; "stopped" is the last action, at once or after some {@link tick}s.
   * `keep` false: addresses go without waiting for the other router.
   */
  stop(now: number, keep = true): VrrpAction[] {
    this.#stopping = true;
    for (const machine of this.#machines.values()) machine.stop(now, keep);
    this.#sweep();
    return this.#take();
  }

  /**
   * Another configuration. An instance that is the same virtual router as before (name, interface, id, version, family) keeps its
   * state; others stop or begin.
   */
  reload(config: VrrpConfig, now: number): VrrpAction[] {
    if (this.#stopping) return [];
    const before = this.#machines;
    const groupStates = new Map(this.#groups.map((group) => [group.name, group.state]));
    this.#config = config;
    this.#machines = new Map();
    const born = this.#build((instance) => {
      const old = before.get(instance.name);
      if (!old || !sameRouter(old.settings, instance)) return undefined;
      before.delete(instance.name);
      old.reconfigure(instance, this.#multicastGroup(instance), now);
      return old;
    });
    for (const old of before.values()) {
      old.group = undefined;
      old.stop(now, !this.#takesOver(old), "deleted");
      this.#leaving.push(old);
      if (!this.#machines.has(old.name)) this.#standings.delete(old.name);
    }
    for (const machine of born) machine.clear();
    for (const group of this.#groups) {
      group.state = groupStates.get(group.name) ?? "INIT";
      if (!group.members.some((member) => born.includes(member))) group.settle();
    }
    this.#weigh(now);
    for (const group of this.#groups) group.join(now);
    this.#sweep();
    return this.#take();
  }

  /** Plain values: see {@link RouterSnapshot}. */
  snapshot(now: number): RouterSnapshot {
    const groupOf = (name: string) =>
      this.#groups.find(({ members }) => members.some((member) => member.name === name))?.name;
    return {
      now,
      instances: [...this.#machines.values()].map((machine) => {
        const { faults = [], waiting = [], contributions = [] } = this.#standings.get(machine.name) ?? {};
        const group = groupOf(machine.name);
        return {
          ...machine.snapshot(),
          faults: [...faults],
          waiting: [...waiting],
          contributions: [...contributions],
          ...(group !== undefined && { group }),
        };
      }),
      groups: this.#groups.map(({ name, state, members }) => ({
        name,
        state,
        members: members.map((member) => member.name),
      })),
      unknownIds: this.#unknownIds,
      scripts: Object.fromEntries(this.facts.scripts),
    };
  }

  /** Makes machines and groups of the configuration. @returns the machines that weren't there before */
  #build(existing: (instance: VrrpInstance) => VrrpMachine | undefined = () => undefined): VrrpMachine[] {
    const emit = (action: VrrpAction) => this.#actions.push(action);
    const born: VrrpMachine[] = [];
    for (const written of this.#config.instances) {
      const instance = settled(written);
      const group = this.#multicastGroup(instance);
      let machine = existing(instance);
      if (!machine) {
        machine = new VrrpMachine(instance, group, emit);
        born.push(machine);
      }
      machine.group = undefined;
      this.#machines.set(instance.name, machine);
    }
    this.#groups = this.#config.syncGroups.map((settings) => {
      const group = new SyncGroup(settings, emit);
      for (const { name } of settings.members) {
        const member = this.#machines.get(name);
        if (!member || member.group) continue;
        member.group = group;
        group.members.push(member);
      }
      return group;
    });
    return born;
  }

  /** Whether another instance has addresses of one that leaves: then they must not go off later. */
  #takesOver(old: VrrpMachine): boolean {
    const of = ({ settings }: VrrpMachine) =>
      [...settings.addresses, ...settings.excludedAddresses].map(({ address }) => address.toString());
    const gone = new Set(of(old));
    return [...this.#machines.values()].some((machine) => of(machine).some((address) => gone.has(address)));
  }

  #weighed(now: number): VrrpAction[] {
    if (!this.#stopping) this.#weigh(now);
    return this.#take();
  }

  /** Reckons every instance's standing anew and does what follows. */
  #weigh(now: number): void {
    for (const machine of this.#machines.values()) {
      const group = this.#groups.find(({ members }) => members.includes(machine));
      const shared = group && { settings: group.settings, owner: group.hasOwner };
      const standing = standingOf(machine.settings, this.#config, this.facts, shared);
      this.#standings.set(machine.name, standing);
      machine.source = sourceOf(machine.settings, this.facts);
      machine.setPriority(standing.priority, now);
    }
    for (const group of this.#groups) this.#settle(group.members, group, now);
    for (const machine of this.#machines.values())
      if (!machine.group) this.#settle([machine], undefined, now);
  }

  #settle(members: readonly VrrpMachine[], group: SyncGroup | undefined, now: number): void {
    const faulty = members.find(({ name }) => this.#standings.get(name)!.faults.length > 0);
    if (faulty) {
      const text = this.#standings.get(faulty.name)!.faults[0]!;
      if (faulty.state !== "FAULT") this.#logFault(faulty, text);
      if (group) group.fault(faulty, text, now);
      else faulty.fault(now, "fault", text);
      return;
    }
    if (members.some(({ name }) => this.#standings.get(name)!.waiting.length > 0)) return;
    const resting = members.filter(({ state }) => state === "INIT" || state === "FAULT");
    if (resting.length === 0) return;
    const reason = resting.some(({ state }) => state === "FAULT") ? "recovered" : "start";
    const wait = Math.max(0, this.#startsAt - now);
    if (!group) {
      resting[0]!.rise(now, reason, wait);
      return;
    }
    group.rise(now, reason, wait);
  }

  #logFault(machine: VrrpMachine, text: string): void {
    this.#actions.push({
      kind: "log",
      level: "info",
      detail: false,
      text: `(${machine.name}) entering FAULT state (${text})`,
      instance: machine.name,
    });
  }

  #logBfd(bfd: string, up: boolean): void {
    for (const [name, { contributions }] of this.#standings)
      if (contributions.some((one) => one.kind === "bfd" && one.name === bfd)) {
        const text = `VRRP_Instance(${name}) Tracked BFD instance ${bfd} is ${up ? "UP" : "DOWN"}`;
        this.#actions.push({ kind: "log", level: "info", detail: false, text, instance: name });
      }
  }

  #follow(machine: VrrpMachine, before: VrrpState, now: number): void {
    if (machine.state !== before)
      this.#groups.find(({ members }) => members.includes(machine))?.follow(machine, before, now);
    this.#sweep();
  }

  /** Tells when the last one has stopped. */
  #sweep(): void {
    if (this.#leaving.length > 0) this.#leaving = this.#leaving.filter(({ state }) => state !== "STOPPED");
    if (!this.#stopping || this.#told) return;
    if ([...this.#all()].some(({ state }) => state !== "STOPPED")) return;
    this.#told = true;
    for (const group of this.#groups) group.stopped();
    this.#actions.push({ kind: "stopped" });
  }

  /** By interface, family, way and id; of several unicast ones with an id, the one whose peer sent it. */
  #addressee({ interface: name, source, destination, payload }: ReceivedPacket): VrrpMachine | undefined {
    if (payload.length < 2) return undefined;
    const id = payload[1]!;
    const candidates = [...this.#all()].filter(
      ({ settings, source: own }) =>
        settings.virtualRouterId === id &&
        settings.family === source.family &&
        (settings.interface === name || settings.interface === "") &&
        (!isUnicast(settings) || isMulticast(destination) || (own?.equals(destination) ?? true)),
    );
    const fitting = candidates.filter(({ settings }) => isUnicast(settings) !== isMulticast(destination));
    const ofPeer = fitting.find(({ settings }) =>
      settings.unicastPeers.some(({ address }) => address.equals(source)),
    );
    return ofPeer ?? fitting[0] ?? candidates[0];
  }

  #unknown({ interface: name, payload, source }: ReceivedPacket): void {
    this.#unknownIds += 1;
    if (!this.#config.global.logUnknownVrids || payload.length < 2) return;
    const text = `Unknown VRID(${payload[1]}) received on interface(${name}) from ${source}. ignoring...`;
    this.#actions.push({ kind: "log", level: "info", detail: false, text });
  }

  *#all(): Iterable<VrrpMachine> {
    yield* this.#machines.values();
    yield* this.#leaving;
  }

  #multicastGroup(instance: VrrpInstance): IpAddress {
    return instance.multicastDestination ?? groupOf(this.#config.global, instance.family);
  }

  #take(): VrrpAction[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }
}

const groupOf = (global: GlobalDefs, family: 4 | 6): IpAddress =>
  family === 4 ? global.multicastGroup4 : global.multicastGroup6;

/** Whether an instance is the virtual router that it was, for the network and for its sockets. */
function sameRouter(before: VrrpInstance, after: VrrpInstance): boolean {
  return (
    before.interface === after.interface &&
    before.virtualRouterId === after.virtualRouterId &&
    before.family === after.family &&
    before.version === after.version &&
    isUnicast(before) === isUnicast(after) &&
    (before.vmac === undefined) === (after.vmac === undefined) &&
    before.vmac?.kind === after.vmac?.kind &&
    before.vmac?.name === after.vmac?.name
  );
}
