import type { ChildProcess } from "node:child_process";
import { renameSync } from "node:fs";
import { constants } from "node:os";
import { reasonOf } from "./failure.js";
import type { Generation } from "./generation.js";
import type { Journal } from "./journal.js";
import { spawnNewBinary } from "./part.js";

/** What an old master's pid file is called beside a new one's (NGX_OLDPID_EXT). */
export const oldPidPath = (pidPath: string): string => `${pidPath}.oldbin`;

export interface NewBinaryOptions {
  readonly words: readonly string[];
  readonly generation: Generation;
  readonly journal: Journal;
  readonly inBackground: boolean;
  /** It has ended: our pid file has its name again. */
  readonly onEnded: () => void;
}

/**
 * Starts what is installed now beside this master, with its words and its sockets (ngx_exec_new_binary). It has the pid file from then on, and
 * ours is FILE.oldbin. False: it couldn't be, which was told.
 */
export function startNewBinary({
  words,
  generation,
  journal,
  inBackground,
  onEnded,
}: NewBinaryOptions): boolean {
  const { pidPath } = generation.prepared.settings;
  const rename = (from: string, to: string, when: string): boolean => {
    try {
      renameSync(from, to);
      return true;
    } catch (error) {
      journal.write("alert", `rename() ${from} to ${to} failed ${when} (${reasonOf(error)})`);
      return false;
    }
  };
  if (!rename(pidPath, oldPidPath(pidPath), "before executing new binary process")) return false;
  const back = () => {
    rename(oldPidPath(pidPath), pidPath, "after the new binary process exited");
    onEnded();
  };
  const child: ChildProcess = spawnNewBinary(words, generation.sockets.all, inBackground);
  child.once("error", (error) => {
    if (child.pid !== undefined) return;
    journal.write("alert", `new binary process couldn't be started (${error.message})`);
    back();
  });
  child.once("exit", (status, signal) => {
    const name = `new binary process ${child.pid}`;
    if (signal === null) journal.notice(`${name} exited with code ${status}`);
    else journal.write("alert", `${name} exited on signal ${constants.signals[signal]}`);
    back();
  });
  if (child.pid !== undefined) journal.notice(`start new binary process ${child.pid}`);
  return true;
}
