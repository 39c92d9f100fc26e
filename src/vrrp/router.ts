import type { IpAddress } from "../wire/index.js";
import { copyFacts, type InterfaceFacts, type VrrpFacts, type WritableFacts } from "./facts.js";
import type { VrrpMachine } from "./machine/index.js";
import { Population } from "./population.js";
import type { Standing } from "./priority.js";
import { addressee, deliver, idIn, type ReceivedPacket } from "./reception.js";
import { moveTo } from "./reload.js";
import type { VrrpConfig } from "./router-config.js";
import { type RouterSnapshot, routerSnapshot } from "./snapshot.js";
import type { SyncGroup } from "./sync-group.js";
import type { HeardAdvertisement, VrrpAction } from "./types.js";
import { Weighing } from "./weighing.js";

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
  readonly #population: Population;
  readonly #weighing: Weighing;
  #actions: VrrpAction[] = [];
  #unknownIds = 0;
  #stopping = false;
  #told = false;

  constructor(config: VrrpConfig, facts: Partial<VrrpFacts> = {}) {
    const emit = (action: VrrpAction) => this.#actions.push(action);
    this.facts = copyFacts(facts);
    this.#population = new Population(config, emit);
    this.#weighing = new Weighing(this.#population, this.facts, emit);
  }

  /** When {@link tick} is to be called; undefined: not at all. */
  get deadline(): number | undefined {
    return this.#population.deadline;
  }

  get machines(): ReadonlyMap<string, VrrpMachine> {
    return this.#population.machines;
  }

  get groups(): readonly SyncGroup[] {
    return this.#population.groups;
  }

  /** What an instance's tracking comes to now. */
  standing(instance: string): Standing | undefined {
    return this.#weighing.standing(instance);
  }

  /** What a former run left is taken off; then everybody begins as BACKUP, an address owner as MASTER. */
  start(now: number): VrrpAction[] {
    this.#weighing.startsAt = now + this.#population.config.global.startupDelay;
    for (const machine of this.machines.values()) machine.clear();
    return this.#weighed(now);
  }

  /** Instead of {@link start}, with what the process before this one was last. */
  resume(snapshot: RouterSnapshot, now: number): VrrpAction[] {
    for (const [name, good] of Object.entries(snapshot.scripts))
      if (!this.facts.scripts.has(name)) this.facts.scripts.set(name, good);
    for (const machine of this.machines.values()) {
      const before = snapshot.instances.find(({ name }) => name === machine.name);
      if (!before || !machine.resume(before, now - snapshot.now, now)) machine.clear();
    }
    for (const group of this.groups) group.settle();
    return this.#weighed(now);
  }

  receive(packet: ReceivedPacket, now: number): VrrpAction[] {
    const machine = addressee(packet, this.#population.all());
    if (machine) this.#move(machine, now, () => deliver(packet, machine, now));
    else this.#unknown(packet);
    return this.#take();
  }

  /** As {@link receive}, for an advertisement that was read already. */
  heard(instance: string, heard: HeardAdvertisement, now: number): VrrpAction[] {
    const machine = this.machines.get(instance);
    if (machine) this.#move(machine, now, () => machine.heard(heard, now));
    return this.#take();
  }

  /** Another host announced an address: a gratuitous ARP or an unsolicited neighbour advertisement that isn't ours. */
  addressAnnounced(address: IpAddress, now: number): VrrpAction[] {
    for (const machine of this.#population.all())
      if (machine.settings.addresses.some((entry) => entry.address.equals(address)))
        machine.addressAnnounced(now);
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
    if (this.facts.bfds.get(name) !== up) this.#weighing.tellBfd(name, up);
    this.facts.bfds.set(name, up);
    return this.#weighed(now);
  }

  tick(now: number): VrrpAction[] {
    for (const machine of this.#population.all())
      if (machine.deadline <= now) this.#move(machine, now, () => machine.tick(now));
    return this.#take();
  }

  /**
   * Stops everything in order; "stopped" is the last action, at once or after some {@link tick}s.
   * `keep` false: addresses go without waiting for the other router.
   */
  stop(now: number, keep = true): VrrpAction[] {
    this.#stopping = true;
    for (const machine of this.machines.values()) machine.stop(now, keep);
    return this.#take();
  }

  /**
   * Another configuration. An instance that is the same virtual router as before (name, interface, id, version, family) keeps its
   * state; others stop or begin.
   */
  reload(config: VrrpConfig, now: number): VrrpAction[] {
    if (this.#stopping) return [];
    moveTo(this.#population, config, now);
    this.#weighing.forget();
    this.#weighing.weigh(now);
    for (const group of this.groups) group.join(now);
    return this.#take();
  }

  /** Plain values: see {@link RouterSnapshot}. */
  snapshot(now: number): RouterSnapshot {
    const { machines, groups } = this.#population;
    return {
      now,
      ...routerSnapshot([...machines.values()], groups, (name) => this.standing(name)),
      unknownIds: this.#unknownIds,
      scripts: Object.fromEntries(this.facts.scripts),
    };
  }

  /** Has something happen to a machine, and its group do what follows. */
  #move(machine: VrrpMachine, now: number, happen: () => void): void {
    const before = machine.state;
    happen();
    this.#population.follow(machine, before, now);
  }

  #weighed(now: number): VrrpAction[] {
    if (!this.#stopping) this.#weighing.weigh(now);
    return this.#take();
  }

  #unknown(packet: ReceivedPacket): void {
    this.#unknownIds += 1;
    const id = idIn(packet);
    if (!this.#population.config.global.logUnknownVrids || id === undefined) return;
    const text = `Unknown VRID(${id}) received on interface(${packet.interface}) from ${packet.source}. ignoring...`;
    this.#actions.push({ kind: "log", level: "info", detail: false, text });
  }

  /** What is to be done; at the end it is told that all have stopped. */
  #take(): VrrpAction[] {
    this.#population.sweep();
    if (this.#stopping && !this.#told && this.#population.allStopped) {
      this.#told = true;
      for (const group of this.groups) group.stopped();
      this.#actions.push({ kind: "stopped" });
    }
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }
}
