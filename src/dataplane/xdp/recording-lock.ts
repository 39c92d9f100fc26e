import { existsSync, mkdirSync, rmSync } from "node:fs";
import { RondoError } from "../../errors.js";
import { type FolderLock, lockFolder, networkNamespaceCookie, SystemError } from "../../sys/index.js";

/** What one process of a network namespace can have, a capture or a trace, and that ends with it. */
export type RecordingLock = Pick<FolderLock, "release">;

const folderOf = () => `/run/rondo/capture-${networkNamespaceCookie()}`;

/** @throws RondoError "capture-running" */
export function lockRecording(): RecordingLock {
  const folder = folderOf();
  mkdirSync(folder, { recursive: true });
  try {
    const lock = lockFolder(folder, 0);
    return {
      release() {
        rmSync(folder, { recursive: true, force: true });
        lock.release();
      },
    };
  } catch (error) {
    if (!isLocked(error)) throw error;
    throw new RondoError("capture-running", "another capture or trace is running in this network namespace", {
      cause: error,
      remedy:
        "End that one first, or let it write a file that you can read meanwhile: rondo capture -w FILE.",
    });
  }
}

/** Whether somebody has it now, this process or another one. */
export function isRecordingLocked(): boolean {
  const folder = folderOf();
  if (!existsSync(folder)) return false;
  try {
    lockFolder(folder, 0).release();
    return false;
  } catch (error) {
    if (isLocked(error)) return true;
    if (SystemError.is(error, "ENOENT")) return false;
    throw error;
  }
}

const isLocked = (error: unknown) => error instanceof RondoError && error.code === "folder-locked";
