import { chownSync, closeSync, constants, fstatSync, lstatSync, openSync, rmSync, writeSync } from "node:fs";
import { RondoError } from "../errors.js";
import { SystemError } from "./errno.js";
import { checked, libc } from "./libc.js";

/** A FIFO that lines are written to, whoever may read it. */
export interface Fifo {
  /** Writes text. False if it is lost because nobody has read for long; it never waits. */
  write(text: string): boolean;
  /** Removes the FIFO if it was made by us, then closes it. A second call does nothing. */
  close(): void;
}

/**
 * Opens a FIFO for writing, and makes it (mode 0644) if it isn't there. It is opened for reading, too, so that neither opening
 * nor writing needs a reader.
 *
 * @throws RondoError "fifo": something else has the path, also a symbolic link
 */
export function openFifo(path: string, owner?: { readonly uid: number; readonly gid: number }): Fifo {
  const made = make(path);
  let fd: number;
  try {
    if (made && owner) chownSync(path, owner.uid, owner.gid);
    if (!made && !lstatSync(path).isFIFO()) throw new Error("it is there already, and is no FIFO");
    fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    if (!fstatSync(fd).isFIFO()) {
      closeSync(fd);
      throw new Error("it is no FIFO");
    }
  } catch (error) {
    if (made) rmSync(path, { force: true });
    throw new RondoError("fifo", `the FIFO ${path} can't be opened: ${(error as Error).message}`, {
      cause: error,
    });
  }
  let open = true;
  return {
    write(text) {
      if (!open) return false;
      try {
        return writeSync(fd, text) === Buffer.byteLength(text);
      } catch {
        return false;
      }
    },
    close() {
      if (!open) return;
      open = false;
      // Removed first: who opens it again as soon as it is closed finds none.
      if (made) rmSync(path, { force: true });
      closeSync(fd);
    },
  };
}

function make(path: string): boolean {
  const umask = process.umask(0o022);
  try {
    checked(`mkfifo(${path})`, libc.mkfifo(path, 0o644));
    return true;
  } catch (error) {
    if (SystemError.is(error, "EEXIST")) return false;
    throw new RondoError("fifo", `the FIFO ${path} can't be made: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    process.umask(umask);
  }
}
