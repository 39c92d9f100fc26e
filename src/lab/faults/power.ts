import { RondoError } from "../../errors.js";
import { boot, powerOff as cutPower, specOf } from "../boot.js";
import type { DirectorControl } from "../director.js";
import type { Lab } from "../lab.js";
import type { HostState, LabProcess, LabState } from "../state.js";

/** Takes a host's power. Gives what the lab's record is to say of its hosts then. */
export async function powerOff(
  lab: Lab,
  host: string,
  director: DirectorControl,
): Promise<Pick<LabState, "hosts">> {
  const { topology, switch: theSwitch } = lab;
  await cutPower(lab.host(host), specOf(topology, host), { topology, theSwitch, director });
  return { hosts: withProcesses(lab, host, []) };
}

/** Has a host boot, as the topology describes it. What is left of it from a boot that was broken off goes first. */
export async function bootHost(
  lab: Lab,
  host: string,
  director: DirectorControl,
): Promise<Pick<LabState, "hosts">> {
  const { topology, switch: theSwitch, state } = lab;
  const spec = specOf(topology, host);
  const around = {
    lab: lab.name,
    topology,
    hook: state.hook,
    bare: state.bare ?? false,
    theSwitch,
    director,
  };
  await cutPower(lab.host(host), spec, around);
  // Who was killed while making it may have left the name of a network, and no network.
  lab.host(host).remove();
  return { hosts: withProcesses(lab, host, await boot(lab.host(host), spec, around)) };
}

function withProcesses(lab: Lab, host: string, processes: readonly LabProcess[]): HostState[] {
  return lab.state.hosts.map((each) => (each.name === host ? { ...each, processes } : each));
}

/** @throws RondoError "host-off" if somebody took the host's power: nothing can run on it. */
export function refuseOff(lab: Lab, host: string): void {
  const off = lab.state.faults?.find((fault) => fault.host === host && fault.kind === "fail");
  if (off)
    throw new RondoError("host-off", `${host} is off since ${off.since}`, {
      remedy: `Have it boot: rondo lab heal ${lab.name}/${host}`,
    });
}
