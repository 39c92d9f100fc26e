import type { VrrpFacts } from "./facts.js";
import type { VrrpMachine } from "./machine/index.js";
import type { Population } from "./population.js";
import { type Standing, sourceOf, standingOf } from "./priority.js";
import type { SyncGroup } from "./sync-group.js";
import type { VrrpAction } from "./types.js";

/** What all facts together come to for each instance, and what follows: another priority, a fault, a beginning. */
export class Weighing {
  /** Until then nobody becomes master (vrrp_startup_delay). */
  startsAt = 0;
  readonly #population: Population;
  readonly #facts: VrrpFacts;
  readonly #emit: (action: VrrpAction) => void;
  readonly #standings = new Map<string, Standing>();

  constructor(population: Population, facts: VrrpFacts, emit: (action: VrrpAction) => void) {
    this.#population = population;
    this.#facts = facts;
    this.#emit = emit;
  }

  standing(instance: string): Standing | undefined {
    return this.#standings.get(instance);
  }

  /** Of instances that are not there any more. */
  forget(): void {
    for (const name of this.#standings.keys())
      if (!this.#population.machines.has(name)) this.#standings.delete(name);
  }

  /** Reckons every instance's standing anew and does what follows. */
  weigh(now: number): void {
    const { machines, groups, config } = this.#population;
    for (const machine of machines.values()) {
      const group = this.#population.groupOf(machine);
      const shared = group && { settings: group.settings, owner: group.hasOwner };
      const standing = standingOf(machine.settings, config, this.#facts, shared);
      this.#standings.set(machine.name, standing);
      machine.source = sourceOf(machine.settings, this.#facts);
      machine.setPriority(standing.priority, now);
    }
    for (const group of groups) this.#settle(group.members, group, now);
    for (const machine of machines.values()) if (!machine.group) this.#settle([machine], undefined, now);
  }

  /** Says who tracks a BFD session that goes up or down. */
  tellBfd(bfd: string, up: boolean): void {
    for (const [name, { contributions }] of this.#standings)
      if (contributions.some((one) => one.kind === "bfd" && one.name === bfd))
        this.#log(name, `VRRP_Instance(${name}) Tracked BFD instance ${bfd} is ${up ? "UP" : "DOWN"}`);
  }

  /** One in FAULT is all in FAULT; nobody begins before all can. */
  #settle(members: readonly VrrpMachine[], group: SyncGroup | undefined, now: number): void {
    const faulty = members.find(({ name }) => this.#standings.get(name)!.faults.length > 0);
    if (faulty) {
      const text = this.#standings.get(faulty.name)!.faults[0]!;
      if (faulty.state !== "FAULT") this.#log(faulty.name, `(${faulty.name}) entering FAULT state (${text})`);
      if (group) group.fault(faulty, text, now);
      else faulty.fault(now, "fault", text);
      return;
    }
    if (members.some(({ name }) => this.#standings.get(name)!.waiting.length > 0)) return;
    const resting = members.filter(({ state }) => state === "INIT" || state === "FAULT");
    if (resting.length === 0) return;
    const reason = resting.some(({ state }) => state === "FAULT") ? "recovered" : "start";
    const wait = Math.max(0, this.startsAt - now);
    (group ?? resting[0]!).rise(now, reason, wait);
  }

  #log(instance: string, text: string): void {
    this.#emit({ kind: "log", level: "info", detail: false, text, instance });
  }
}
