import { RondoError } from "../errors.js";
import { startDaemon } from "./daemon.js";
import type { DirectorControl } from "./director.js";
import { haproxy } from "./haproxy.js";
import type { Host } from "./host.js";
import { filesOf } from "./host-files.js";
import { keepalived } from "./keepalived.js";
import { configure, plugIn, unplug } from "./network.js";
import { nginx } from "./nginx.js";
import { endProcesses, processesIn } from "./processes.js";
import type { Hook, LabProcess } from "./state.js";
import { startStore, storeFiles } from "./store/index.js";
import type { HostSpec, Topology } from "./topology.js";
import { giveTunl0 } from "./tunl0.js";
import { startWebServer } from "./web-server.js";

/** The lab around a host, as far as booting it goes. */
export interface Surroundings {
  /** The lab's name. */
  readonly lab: string;
  readonly topology: Topology;
  readonly hook: Hook;
  /** Its hosts get nothing but what a machine has that was just unpacked and plugged in. */
  readonly bare: boolean;
  readonly theSwitch: Host;
  readonly director: DirectorControl;
  readonly progress?: (what: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Boots one host: its namespaces and first process, its cables, and, unless the lab is bare, what its topology gives it:
 * sysctls, addresses, routes, web server or store, tunnel's end, packet program, rules, haproxy, nginx, keepalived. The switch has to be there, and nothing of
 * the host. It doesn't clean up after itself: whoever catches its error calls {@link powerOff}, or takes the lab down.
 *
 * @param host whose name is that of `spec`.
 * @returns the processes that stay, for the lab's record.
 * @throws RondoError of what failed; what aborted the signal.
 */
export async function boot(
  host: Host,
  spec: HostSpec,
  { lab, topology, hook, bare, theSwitch, director, progress, signal }: Surroundings,
): Promise<LabProcess[]> {
  host.create();
  plugIn(topology, theSwitch, host, { hook, bare });
  if (bare) prepare(host, spec, topology);
  else configure(host, spec);
  await host.start({ ...filesOf(spec, bare, lab), ...storeFiles(topology, spec) });
  signal?.throwIfAborted();
  if (bare) return [];
  const processes = spec.web ? [await startWebServer(host, { port: spec.web.port, lab })] : [];
  signal?.throwIfAborted();
  if (spec.store) processes.push(await startStore(host, lab));
  signal?.throwIfAborted();
  if (spec.tunnels?.length) await director.takeTunnels(host, spec.tunnels, signal);
  if (spec.role === "director") {
    progress?.(`${spec.name}: packet program at the ${hook} hook, and its rules`);
    await director.setUp(host, spec, hook, signal);
  }
  if (spec.haproxy) {
    progress?.(`${spec.name}: haproxy`);
    processes.push(await startDaemon(haproxy, host, lab, spec.haproxy.program));
  }
  if (spec.nginx) {
    progress?.(`${spec.name}: nginx`);
    processes.push(await startDaemon(nginx, host, lab, spec.nginx.program));
  }
  if (spec.keepalived) {
    progress?.(`${spec.name}: keepalived`);
    processes.push(await startDaemon(keepalived, host, lab, spec.keepalived.program));
  }
  return processes;
}

/** What a machine that was just unpacked has besides its cables. */
function prepare(host: Host, spec: HostSpec, topology: Topology): void {
  const byTunnel = topology.hosts.some(({ tunnels = [] }) => tunnels.length > 0);
  if (spec.role !== "client") giveTunl0(host, spec, byTunnel);
}

/**
 * Takes a host's power: its cables go dead at once, its processes are killed, and what the kernel held for it is gone. Its disk
 * stays, as a disk does. One that is off already, or only half booted, is no error.
 */
export async function powerOff(
  host: Host,
  spec: HostSpec,
  { topology, theSwitch, director }: Pick<Surroundings, "topology" | "theSwitch" | "director">,
): Promise<void> {
  if (theSwitch.exists) unplug(topology, theSwitch, host.name);
  if (!host.exists) return;
  const init = host.init;
  await endProcesses(() => processesIn([host.namespace]).filter(({ pid }) => pid !== init?.pid), {
    patience: 0,
  });
  await letGo(host, spec, director);
}

/**
 * Lets go of what the kernel holds for a host on which nothing runs any more but its first process, and of that. What fails in
 * it must not leave the rest behind: pins go when the next lab or director finds their network gone.
 */
export async function letGo(
  host: Host,
  { role, tunnels = [] }: Pick<HostSpec, "tunnels"> & { readonly role: string },
  director: DirectorControl,
): Promise<void> {
  if (tunnels.length > 0 && host.isOn) await director.leaveTunnels(host, tunnels).catch(() => {});
  if (role === "director" && host.exists) host.withDescriptor((fd) => director.release(fd));
  await host.stop();
  host.remove();
}

/** @throws RondoError "no-such-host" */
export function specOf(topology: Topology, name: string): HostSpec {
  const found = topology.hosts.find((spec) => spec.name === name);
  if (found) return found;
  throw new RondoError("no-such-host", `topology ${topology.name} has no host ${name}`);
}
