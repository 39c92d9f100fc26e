import type { FolderLock } from "../sys/index.js";
import { letGo } from "./boot.js";
import { type DirectorControl, rondoDirector } from "./director.js";
import { Host } from "./host.js";
import { endProcesses, isAlive, processesIn } from "./processes.js";
import { bootId, lockLab, readState, removeState } from "./state.js";

/**
 * Takes a lab down: ends what runs in it, lets go of what its directors have pinned, removes its networks and its
 * record. It takes up where an earlier one was interrupted. False if there was no such lab.
 *
 * @param lock the lab's lock, where the caller has it already.
 * @param since which lab of this name is meant, by its record; without it: whichever there is.
 */
export async function takeDown(
  name: string,
  options: { lock?: FolderLock; director?: DirectorControl; since?: string } = {},
): Promise<boolean> {
  const { director = rondoDirector } = options;
  const lock = options.lock ?? lockLab(name, 10_000);
  try {
    const state = readState(name);
    if (state && options.since !== undefined && state.since !== options.since) return false;
    if (state) {
      // What was recorded before the machine started anew is about other processes.
      const recorded = state.boot === bootId() ? state.hosts.flatMap(({ processes }) => processes) : [];
      const hosts = state.hosts.map((record) => ({ record, host: Host.of(name, record) }));
      const namespaces = hosts.map(({ host }) => host.namespace);
      const inits = new Set(hosts.map(({ host }) => host.init?.pid));
      await endProcesses(() =>
        [
          ...new Map(
            [...recorded.filter(isAlive), ...processesIn(namespaces)].map((process) => [
              process.pid,
              process,
            ]),
          ).values(),
        ].filter(({ pid }) => !inits.has(pid)),
      );
      const released = await Promise.allSettled(
        hosts.map(({ record, host }) => letGo(host, record, director)),
      );
      for (const { host } of hosts) host.remove();
      for (const outcome of released) if (outcome.status === "rejected") throw outcome.reason;
    }
    removeState(name);
    return state !== undefined;
  } finally {
    if (!options.lock) lock.release();
  }
}
