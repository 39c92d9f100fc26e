import type { FolderLock } from "../sys/index.js";
import { type DirectorControl, rondoDirector } from "./director.js";
import { Host } from "./host.js";
import { endProcesses, isAlive, processesIn } from "./processes.js";
import { bootId, lockLab, readState, removeState } from "./state.js";

/**
 * Takes a lab down: ends what runs in it, lets go of what its directors have pinned, removes its networks and its
 * record. It takes up where an earlier one was interrupted. False if there was no such lab.
 *
 * @param lock the lab's lock, where the caller has it already.
 */
export async function takeDown(
  name: string,
  options: { lock?: FolderLock; director?: DirectorControl } = {},
): Promise<boolean> {
  const { director = rondoDirector } = options;
  const lock = options.lock ?? lockLab(name, 10_000);
  try {
    const state = readState(name);
    if (state) {
      // What was recorded before the machine started anew is about other processes.
      const recorded = state.boot === bootId() ? state.hosts.flatMap(({ processes }) => processes) : [];
      const namespaces = state.hosts.map(({ namespace }) => namespace);
      await endProcesses(() => [
        ...new Map(
          [...recorded.filter(isAlive), ...processesIn(namespaces)].map((process) => [process.pid, process]),
        ).values(),
      ]);
      const hosts = state.hosts.map((host) => ({
        role: host.role,
        host: new Host(host.name, host.namespace),
        tunnels: host.tunnels ?? [],
      }));
      // One that fails must not leave the rest behind: its pins go when the next lab or director finds its network gone.
      await Promise.allSettled(
        hosts
          .filter(({ host, tunnels }) => tunnels.length > 0 && host.exists)
          .map(({ host, tunnels }) => director.leaveTunnels(host, tunnels)),
      );
      for (const { role, host } of hosts)
        if (role === "director" && host.exists) host.withDescriptor((fd) => director.release(fd));
      for (const { host } of hosts) host.remove();
    }
    removeState(name);
    return state !== undefined;
  } finally {
    if (!options.lock) lock.release();
  }
}
