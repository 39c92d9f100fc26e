import { constants } from "node:os";
import { diskWorld } from "../../config/haproxy/disk-world.js";
import type { ReadResult } from "../../config/nginx/index.js";
import { reasonOf, StartFailure } from "./failure.js";
import type { Journal } from "./journal.js";
import { mainSettings } from "./main-settings.js";
import { readPidFile } from "./pid-file.js";

const signals = { stop: "SIGTERM", quit: "SIGQUIT", reopen: "SIGUSR1", reload: "SIGHUP" } as const;

/** `-s`: sends a signal to the master that a configuration's pid file names (ngx_signal_process). The exit status. */
export function sendSignal(
  { main, prefix }: ReadResult,
  word: keyof typeof signals,
  journal: Journal,
): number {
  const { pidPath } = mainSettings(main, prefix, diskWorld, false);
  const signal = signals[word];
  let pid: number;
  try {
    pid = readPidFile(pidPath);
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    journal.write("error", error.message);
    return 1;
  }
  try {
    process.kill(pid, signal);
    return 0;
  } catch (error) {
    journal.write("alert", `kill(${pid}, ${constants.signals[signal]}) failed (${reasonOf(error)})`);
    return 1;
  }
}
