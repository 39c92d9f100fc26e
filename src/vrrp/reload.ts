import type { VrrpInstance } from "../config/keepalived/model/index.js";
import { isUnicast } from "./check.js";
import type { VrrpMachine } from "./machine/index.js";
import type { Population } from "./population.js";
import type { VrrpConfig } from "./router-config.js";
import { virtualAddresses } from "./virtual-addresses.js";

/**
 * Who was there becomes who is to be there: an instance that is the same virtual router as before keeps its state with new
 * settings, others leave or are born. What tracking says of them is to be looked at afterwards.
 */
export function moveTo(population: Population, config: VrrpConfig, now: number): void {
  const before = population.machines;
  const states = new Map(population.groups.map(({ name, state }) => [name, state]));
  population.config = config;
  const born = population.build((instance) => {
    const old = before.get(instance.name);
    if (!old || !sameRouter(old.settings, instance)) return undefined;
    before.delete(instance.name);
    old.reconfigure(instance, population.multicastGroup(instance), now);
    return old;
  });
  for (const old of before.values()) dismiss(old, population, now);
  for (const machine of born) machine.clear();
  for (const group of population.groups) {
    group.state = states.get(group.name) ?? "INIT";
    if (!group.members.some((member) => born.includes(member))) group.settle();
  }
}

/**
 * Another instance may have addresses of one that leaves: then they must not go off later. Nor must one that has its name hear
 * that it is gone after it has begun: for scripts, and for who keeps its addresses, there is one of a name.
 */
function dismiss(old: VrrpMachine, population: Population, now: number): void {
  const gone = new Set(addressesOf(old));
  const takenOver =
    population.machines.has(old.name) ||
    [...population.machines.values()].some((machine) =>
      addressesOf(machine).some((address) => gone.has(address)),
    );
  old.group = undefined;
  old.stop(now, !takenOver, "deleted");
  population.leaving.push(old);
}

const addressesOf = ({ settings }: VrrpMachine): string[] =>
  virtualAddresses(settings).map(({ address }) => address.toString());

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
