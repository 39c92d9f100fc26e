import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { readNote, roles, syncFolder } from "./place.js";

/**
 * Whether nothing but sync daemons is left in the caller's network namespace: no process, no mount that holds it (`ip netns`). The kernel's
 * threads end with their namespace; a process would keep it for ever.
 */
export function isAlone(): boolean {
  const own = readLink("/proc/self/ns/net");
  if (own === undefined || own === readLink("/proc/1/ns/net")) return false;
  const folder = syncFolder();
  const daemons = new Set(roles.map((role) => readNote(folder, role)?.pid));
  daemons.add(process.pid);
  const seen = new Set<string>();
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    // Its own view of the mounts may be one that only it has (`ip netns exec` makes one).
    if (daemons.has(Number(pid))) continue;
    if (readLink(`/proc/${pid}/ns/net`) === own) return false;
    const mounts = readLink(`/proc/${pid}/ns/mnt`);
    if (mounts === undefined || seen.has(mounts)) continue;
    seen.add(mounts);
    if (mountsOf(pid).includes(` ${own} `)) return false;
  }
  return true;
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function mountsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, "utf8");
  } catch {
    return "";
  }
}
