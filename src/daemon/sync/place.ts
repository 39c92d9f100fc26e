import { readFileSync } from "node:fs";
import type { SyncDaemon } from "../../ipvs/model.js";
import { networkNamespaceCookie } from "../../sys/index.js";
import { IpAddress } from "../../wire/address.js";

export const roles = ["master", "backup"] as const;
export type SyncRole = SyncDaemon["role"];

/** Where the sync daemons of the caller's network namespace say that they are there. */
export const syncFolder = (cookie: bigint = networkNamespaceCookie()): string =>
  `/run/rondo/sync-${cookie.toString(16)}`;

/** What a daemon has written once it is at work. */
export interface SyncNote {
  readonly pid: number;
  /** When it began, in the kernel's words: another process may have its number later. */
  readonly began: string;
  readonly daemon: Required<SyncDaemon>;
}

/** When a process began (field 22 of /proc/PID/stat); undefined: it is gone. */
export function beginOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** The note of a daemon that lives; undefined: none does. */
export function readNote(folder: string, role: SyncRole): SyncNote | undefined {
  try {
    const note = JSON.parse(readFileSync(`${folder}/${role}.json`, "utf8")) as SyncNote;
    if (beginOf(note.pid) !== note.began) return undefined;
    const group = IpAddress.of(String(note.daemon.group));
    return { ...note, daemon: { ...note.daemon, group } };
  } catch {
    return undefined;
  }
}

export const socketOf = (folder: string, role: SyncRole): string => `${folder}/${role}.sock`;
