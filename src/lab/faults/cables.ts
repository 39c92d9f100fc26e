import { RondoError } from "../../errors.js";
import { suggestion } from "../../nearest.js";
import { plugs } from "../plugs.js";
import type { Topology } from "../topology.js";

/** The host that all cables lead to. */
const switchName = "switch";

/** A cable between a host and the switch. */
export interface Cable {
  readonly host: string;
  /** The host's end. */
  readonly interface: string;
  /** The switch's end. */
  readonly port: string;
  /** The bridge on the switch that the port belongs to. */
  readonly network: string;
  /** Which of the lab's cables it is, from 0: what is made for it on the switch has this in its name. */
  readonly number: number;
}

export function cablesOf(topology: Topology): Cable[] {
  return plugs(topology).map(({ host, interface: { name, network }, port }, number) => ({
    host: host.name,
    interface: name,
    port,
    network,
    number,
  }));
}

/**
 * The cables of a host, or that of one interface.
 * @throws RondoError "unknown-host", "no-cable" (the switch) or "unknown-interface"
 */
export function cablesOfHost(topology: Topology, host: string, device?: string): Cable[] {
  const all = cablesOf(topology).filter((cable) => cable.host === host);
  const names = topology.hosts.map(({ name }) => name);
  if (host !== switchName && !names.includes(host))
    throw new RondoError("unknown-host", `topology ${topology.name} has no host "${host}"`, {
      remedy: suggestion(host, names) ?? `Its hosts are ${names.join(", ")}.`,
    });
  if (all.length === 0)
    throw new RondoError("no-cable", `${host} has no cable of its own: every host is plugged into it`, {
      remedy: "Name the host at the other end of the cable.",
    });
  if (device === undefined) return all;
  const found = all.filter((cable) => cable.interface === device);
  if (found.length > 0) return found;
  const devices = all.map((cable) => cable.interface);
  throw new RondoError("unknown-interface", `${host} has no interface ${device}`, {
    remedy: suggestion(device, devices) ?? `It has ${devices.join(", ")}.`,
  });
}
