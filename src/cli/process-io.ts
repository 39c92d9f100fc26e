import { constants } from "node:os";
import { setTimeout } from "node:timers/promises";
import { syncDaemons } from "../daemon/sync/daemons.js";
import { openPlane } from "../dataplane/open.js";
import type { CommandIo, Signals } from "./command-io.js";
import { weightNotes } from "./weight-notes.js";

/** Node takes a longer time, in milliseconds, for none at all. Who sleeps so long looks at the clock afterwards. */
const longest = 2 ** 31 - 1;

/** The surroundings of a process. */
export const processIo: CommandIo = {
  plane: () => openPlane({ syncDaemons, warn: (sentence) => process.stderr.write(`${sentence}\n`) }),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  weights: weightNotes(),
  now: () => performance.now(),
  sleep: async (milliseconds, signal) => {
    try {
      await setTimeout(Math.min(longest, milliseconds), undefined, signal ? { signal } : {});
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
  withSignals: async (work) => {
    const first = new AbortController();
    const second = new AbortController();
    let exitStatus = 0;
    const handler = (signal: NodeJS.Signals) => {
      exitStatus ||= 128 + constants.signals[signal];
      (first.signal.aborted ? second : first).abort();
    };
    const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    for (const name of names) process.on(name, handler);
    const signals: Signals = {
      first: first.signal,
      second: second.signal,
      get exitStatus() {
        return exitStatus;
      },
    };
    try {
      return await work(signals);
    } finally {
      for (const name of names) process.off(name, handler);
    }
  },
};
