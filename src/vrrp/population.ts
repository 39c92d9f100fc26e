import type { VrrpInstance } from "../config/keepalived/model/index.js";
import type { IpAddress } from "../wire/index.js";
import { VrrpMachine } from "./machine/index.js";
import { groupAddress, type VrrpConfig } from "./router-config.js";
import { settled } from "./settled.js";
import { SyncGroup } from "./sync-group.js";
import type { VrrpAction, VrrpState } from "./types.js";

/** Who is there: the instances and sync groups of a configuration, and those that a reload took away, until they have stopped. */
export class Population {
  config: VrrpConfig;
  machines = new Map<string, VrrpMachine>();
  groups: SyncGroup[] = [];
  leaving: VrrpMachine[] = [];
  readonly #emit: (action: VrrpAction) => void;

  constructor(config: VrrpConfig, emit: (action: VrrpAction) => void) {
    this.config = config;
    this.#emit = emit;
    this.build(() => undefined);
  }

  *all(): Iterable<VrrpMachine> {
    yield* this.machines.values();
    yield* this.leaving;
  }

  /** When somebody's {@link VrrpMachine.tick} is due; undefined: nobody's. */
  get deadline(): number | undefined {
    let least = Number.POSITIVE_INFINITY;
    for (const { deadline } of this.machines.values()) least = Math.min(least, deadline);
    for (const { deadline } of this.leaving) least = Math.min(least, deadline);
    return least === Number.POSITIVE_INFINITY ? undefined : least;
  }

  get allStopped(): boolean {
    for (const { state } of this.all()) if (state !== "STOPPED") return false;
    return true;
  }

  groupOf(machine: VrrpMachine): SyncGroup | undefined {
    return this.groups.find(({ members }) => members.includes(machine));
  }

  /** Where an instance's advertisements go, unless it has peers. */
  multicastGroup(instance: VrrpInstance): IpAddress {
    return groupAddress(instance, this.config.global);
  }

  /** A machine's group does what follows from its new state. */
  follow(machine: VrrpMachine, before: VrrpState, now: number): void {
    if (machine.state !== before) this.groupOf(machine)?.follow(machine, before, now);
  }

  /** Who has stopped after a reload took him away is forgotten. */
  sweep(): void {
    if (this.leaving.length > 0) this.leaving = this.leaving.filter(({ state }) => state !== "STOPPED");
  }

  /**
   * Makes machines and groups of the configuration.
   * @param existing a machine that goes on as an instance
   * @returns the machines that weren't there before
   */
  build(existing: (instance: VrrpInstance) => VrrpMachine | undefined): VrrpMachine[] {
    const born: VrrpMachine[] = [];
    this.machines = new Map();
    for (const written of this.config.instances) {
      const instance = settled(written);
      let machine = existing(instance);
      if (!machine) {
        machine = new VrrpMachine(instance, this.multicastGroup(instance), this.#emit);
        born.push(machine);
      }
      machine.group = undefined;
      this.machines.set(instance.name, machine);
    }
    this.groups = this.config.syncGroups.map((settings) => {
      const group = new SyncGroup(settings, this.#emit);
      for (const { name } of settings.members) {
        const member = this.machines.get(name);
        if (!member || member.group) continue;
        member.group = group;
        group.members.push(member);
      }
      return group;
    });
    return born;
  }
}
