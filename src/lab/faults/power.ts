import { boot, powerOff as cutPower, type Surroundings, specOf } from "../boot.js";
import { type DirectorControl, rondoDirector } from "../director.js";
import type { Lab } from "../lab.js";
import type { LabProcess, LabState } from "../state.js";

/** How a host of a lab that is up gets its power, and who makes directors of hosts. */
export interface PowerOptions {
  readonly director?: DirectorControl;
  readonly progress?: (what: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Takes a host's power, as by pulling its plug. The others are not told. Its disk stays: what it wrote to /etc, /var and /root is
 * there when it boots again. A host that is off already is no error. Whoever calls it has the lab's lock.
 *
 * @returns what the lab's record has to say of it.
 * @throws RondoError "no-such-host"; the switch has no plug.
 */
export async function powerOff(
  lab: Lab,
  host: string,
  options: PowerOptions = {},
): Promise<Partial<LabState>> {
  await cutPower(lab.host(host), specOf(lab.topology, host), surroundingsOf(lab, options));
  return withProcesses(lab, host, []);
}

/**
 * Boots a host again from its lab's topology, after {@link powerOff} or a first process that was killed; a bare one gets its
 * cables and no more. What of it is still there is taken away first, so a host that is on is booted anew. Whoever calls it
 * has the lab's lock.
 *
 * @returns what the lab's record has to say of it.
 * @throws RondoError "no-such-host", and of what failed; the host is off then.
 */
export async function bootHost(
  lab: Lab,
  host: string,
  options: PowerOptions = {},
): Promise<Partial<LabState>> {
  const spec = specOf(lab.topology, host);
  const surroundings = surroundingsOf(lab, options);
  const found = lab.host(host);
  await cutPower(found, spec, surroundings);
  try {
    return withProcesses(lab, host, await boot(found, spec, surroundings));
  } catch (error) {
    await cutPower(found, spec, surroundings);
    throw error;
  }
}

function surroundingsOf(lab: Lab, { director = rondoDirector, ...rest }: PowerOptions): Surroundings {
  const { name, topology, switch: theSwitch, state } = lab;
  return { lab: name, topology, theSwitch, hook: state.hook, bare: state.bare ?? false, director, ...rest };
}

function withProcesses(lab: Lab, host: string, processes: readonly LabProcess[]): Partial<LabState> {
  return {
    hosts: lab.state.hosts.map((record) => (record.name === host ? { ...record, processes } : record)),
  };
}
