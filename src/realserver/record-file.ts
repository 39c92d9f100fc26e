import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { goneOf } from "../dataplane/xdp/index.js";
import { RondoError } from "../errors.js";
import { lockFolder, networkNamespaceCookie, replaceFile, SystemError } from "../sys/index.js";
import { type Made, nothingMade, parseRecord, recordText } from "./record.js";

const root = "/run/rondo";

/**
 * Where it is written down what this network namespace was made: gone with the next start of the machine, as what it tells of
 * is. A namespace's cookie is never used again.
 */
export const recordFolder = (cookie = networkNamespaceCookie()): string =>
  `${root}/realserver-${cookie.toString(16)}`;

const fileIn = (folder: string) => `${folder}/record.json`;

/** The file itself; it is there as long as this host is a real server by Rondo. */
export const recordFile = (): string => fileIn(recordFolder());

/** What this network namespace was made. */
export function readRecord(): Made {
  return readFrom(recordFolder());
}

function readFrom(folder: string): Made {
  const path = fileIn(folder);
  if (!existsSync(path)) return nothingMade;
  const made = parseRecord(readFileSync(path, "utf8"));
  if (made) return made;
  throw new RondoError("realserver-record", `${path} is not what this version of Rondo writes`, {
    remedy: "It tells what `rondo realserver` changed. Undo that by hand, and remove the file.",
  });
}

/** The record while its lock is held. */
export interface HeldRecord {
  readonly made: Made;
  /** Writes it anew, before anything is changed: who is killed on the way can still take back what he did. */
  write(made: Made): void;
}

/** Holds the record while `work` runs: no other process changes this host as a real server meanwhile. */
export function withRecord<T>(work: (record: HeldRecord) => T): T {
  const folder = recordFolder();
  removeStale();
  const lock = lockAnyway(folder);
  try {
    const path = fileIn(folder);
    return work({
      made: readFrom(folder),
      write(made) {
        replaceFile(path, recordText(made), { mode: 0o644 });
      },
    });
  } finally {
    // A folder of nothing would be taken for a server by who looks.
    if (isEmpty(folder)) rmSync(folder, { recursive: true, force: true });
    lock.release();
  }
}

/** Who held it before may have removed it. */
function lockAnyway(folder: string) {
  for (;;) {
    makeFolder(folder);
    try {
      return lockFolder(folder);
    } catch (error) {
      if (!SystemError.is(error, "ENOENT")) throw error;
    }
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new RondoError("realserver-record", `${folder} can't be made: ${(error as Error).message}`, {
      remedy: "What is changed is written down there first, to be taken back: let /run be writable.",
      cause: error,
    });
  }
}

function isEmpty(folder: string): boolean {
  const path = fileIn(folder);
  if (!existsSync(path)) return true;
  const made = parseRecord(readFileSync(path, "utf8"));
  return made !== undefined && made.servers.size === 0 && made.done.size === 0;
}

/** A minute, in milliseconds: a record that is younger belongs to a namespace that was there just now. */
const fresh = 60_000;

/** Removes the records of namespaces that have ended. */
function removeStale(): void {
  if (!existsSync(root)) return;
  const old = readdirSync(root).flatMap((name) => {
    const cookie = /^realserver-([0-9a-f]+)$/.exec(name)?.[1];
    const time = statSync(`${root}/${name}`, { throwIfNoEntry: false })?.mtimeMs;
    return cookie !== undefined && time !== undefined && Date.now() - time > fresh
      ? [BigInt(`0x${cookie}`)]
      : [];
  });
  if (old.length === 0) return;
  for (const cookie of gone(old)) rmSync(recordFolder(cookie), { recursive: true, force: true });
}

/** None where the kernel has no BPF, by which it is seen what namespaces are still held. */
function gone(cookies: readonly bigint[]): bigint[] {
  try {
    return goneOf(cookies);
  } catch (error) {
    if (error instanceof RondoError && error.code === "no-bpffs") return [];
    throw error;
  }
}
