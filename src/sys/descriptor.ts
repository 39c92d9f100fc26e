import { constants as fsConstants, fstatSync, statSync } from "node:fs";
import { RondoError } from "../errors.js";
import { Errno, SystemError } from "./errno.js";
import { checked, lastErrno, libc } from "./libc.js";

const O_CLOEXEC = 0o2000000;
const LOCK_EX = 2;
const LOCK_NB = 4;
const lockPatience = 60_000; // milliseconds

/**
 * Opens a file and gives its descriptor; close-on-exec always. `flags` as in node:fs's constants, O_RDONLY if none.
 * Unlike fs.openSync it throws SystemError.
 */
export function openFile(path: string, flags: number = fsConstants.O_RDONLY, mode = 0o666): number {
  return checked(`open(${path})`, libc.open(path, flags | O_CLOEXEC, mode));
}

/** Closes a descriptor. Take it out of its ReadySet before. */
export function close(fd: number): void {
  checked(`close(${fd})`, libc.close(fd));
}

/** The lock of a folder, held by this process until it is released or the process ends. */
export interface FolderLock {
  /** A second call does nothing. */
  release(): void;
}

/**
 * Takes the exclusive lock of a folder (flock(2)), waiting for it while blocking the thread: at most a minute, or
 * `patience` milliseconds. Two locks of one folder exclude each other within a process too.
 *
 * @throws RondoError "folder-locked" naming the folder, SystemError if it is not there.
 */
export function lockFolder(path: string, patience: number = lockPatience): FolderLock {
  const end = Date.now() + patience;
  for (let pause = 1; ; pause = Math.min(2 * pause, 50)) {
    const fd = openFile(path, fsConstants.O_RDONLY | fsConstants.O_DIRECTORY);
    if (tryLock(fd, path)) {
      if (isStill(fd, path)) return held(fd);
      close(fd); // Another process removed the folder while this one waited: what is there now is another one.
      continue;
    }
    close(fd);
    if (Date.now() >= end)
      throw new RondoError(
        "folder-locked",
        `${path} is locked by another process, for longer than ${patience / 1000} s`,
        { remedy: `See which process holds it (fuser ${path}, or lslocks) and end it.` },
      );
    sleep(pause);
  }
}

function tryLock(fd: number, path: string): boolean {
  if (libc.flock(fd, LOCK_EX | LOCK_NB) === 0) return true;
  const errno = lastErrno();
  if (errno === Errno["EAGAIN"] || errno === Errno["EINTR"]) return false;
  close(fd);
  throw new SystemError(`flock(${path})`, errno);
}

function isStill(fd: number, path: string): boolean {
  const mine = fstatSync(fd);
  const there = statSync(path, { throwIfNoEntry: false });
  return there !== undefined && there.ino === mine.ino && there.dev === mine.dev;
}

function held(fd: number): FolderLock {
  let open = true;
  return {
    release() {
      if (open) close(fd);
      open = false;
    },
  };
}

const never = new Int32Array(new SharedArrayBuffer(4));

function sleep(milliseconds: number): void {
  Atomics.wait(never, 0, 0, milliseconds);
}
