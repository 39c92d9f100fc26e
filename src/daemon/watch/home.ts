import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { pinFolder } from "../../bpf/index.js";
import { RondoError } from "../../errors.js";
import { lockFolder, networkNamespaceCookie } from "../../sys/index.js";

/** The folder of the watch of one network namespace, whose lock it holds; gone with the next start of the machine. */
export interface WatchHome {
  /** What outlives a watch that is killed. */
  readonly weights: string;
  /** Where a running one is asked. */
  readonly socket: string;
  /** Lets go of it, and removes what is empty. */
  close(): void;
}

const run = "/run/rondo";
const pathOf = (cookie: bigint) => `${run}/watch-${cookie.toString(16)}`;

/** Where the watch of this network namespace is asked. */
export const watchSocket = (): string => `${pathOf(networkNamespaceCookie())}/socket`;

/** Takes the folder. @throws RondoError "watch-running" if another process has it */
export function openWatchHome(): WatchHome {
  removeStale();
  const path = pathOf(networkNamespaceCookie());
  mkdirSync(run, { recursive: true, mode: 0o755 }); // Others read what else is there.
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const lock = lockHome(path);
  return {
    weights: `${path}/weights.json`,
    socket: `${path}/socket`,
    close() {
      try {
        rmdirSync(path);
      } catch {
        // There is something to keep in it.
      }
      lock.release();
    },
  };
}

function lockHome(path: string) {
  try {
    return lockFolder(path, 0);
  } catch (error) {
    if (!(error instanceof RondoError && error.code === "folder-locked")) throw error;
    throw new RondoError("watch-running", "a watch is at work in this network namespace already", {
      remedy: "See `rondo watch status`. There is one for each network namespace.",
      cause: error,
    });
  }
}

/** A minute, in milliseconds: a namespace whose director is being made has no pins yet. */
const fresh = 60_000;

/** Removes what is left of namespaces that have ended: those without a director's pins. */
function removeStale(): void {
  for (const name of existsSync(run) ? readdirSync(run) : []) {
    const cookie = /^watch-([0-9a-f]+)$/.exec(name)?.[1];
    if (cookie === undefined || existsSync(pinFolder(BigInt(`0x${cookie}`)))) continue;
    const path = `${run}/${name}`;
    const time = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (time === undefined || Date.now() - time < fresh) continue;
    try {
      const lock = lockFolder(path, 0);
      rmSync(path, { recursive: true, force: true });
      lock.release();
    } catch {
      // One is at work there, or somebody else was faster.
    }
  }
}
