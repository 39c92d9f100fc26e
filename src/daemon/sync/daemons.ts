import { spawnSync } from "node:child_process";
import { RondoError } from "../../errors.js";
import { IpvsError } from "../../ipvs/errors.js";
import type { SyncDaemon } from "../../ipvs/model.js";
import type { SyncDaemons } from "../../ipvs/sync/index.js";
import { rondoPath } from "../../package-root.js";
import { beginOf, readNote, roles, syncFolder } from "./place.js";

/** Milliseconds until a daemon has to be at work: a large table takes its time. And until one has to be gone. */
const startWait = 120_000;
const stopWait = 5000;

/** The sync daemons of the caller's network namespace: processes of their own, which go on when who started them ends. */
export const syncDaemons: SyncDaemons = {
  list(): SyncDaemon[] {
    const folder = syncFolder();
    return roles.flatMap((role) => readNote(folder, role)?.daemon ?? []);
  },

  start(daemon: Required<SyncDaemon>): void {
    const words = ["sync", "launch", JSON.stringify(daemon)];
    const { status, stderr, error } = spawnSync(process.execPath, [rondoPath, ...words], {
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
      timeout: startWait,
    });
    if (status === 0) return;
    const sentence = error?.message ?? stderr.trim().split("\n")[0] ?? "";
    throw new RondoError("sync-start", sentence || "the sync daemon did not start", { exitStatus: 255 });
  },

  stop(role: SyncDaemon["role"]): void {
    const note = readNote(syncFolder(), role);
    if (!note) throw new IpvsError("no-daemon");
    process.kill(note.pid, "SIGTERM");
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let waited = 0; beginOf(note.pid) === note.began; waited += 5) {
      if (waited === stopWait) process.kill(note.pid, "SIGKILL");
      if (waited > 2 * stopWait) return;
      Atomics.wait(pause, 0, 0, 5);
    }
  },
};
