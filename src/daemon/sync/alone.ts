import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { readNote, roles, syncFolder } from "./place.js";

/**
 * Whether nothing but sync daemons is left in the caller's network namespace: no process or thread, no mount that holds it (`ip netns`), and
 * nobody who has it open. The kernel's threads end with their namespace; a process would keep it for ever.
 */
export function isAlone(): boolean {
  const own = readLink("/proc/self/ns/net");
  if (own === undefined || own === readLink("/proc/1/ns/net")) return false;
  const folder = syncFolder();
  const daemons = new Set(roles.map((role) => readNote(folder, role)?.pid));
  daemons.add(process.pid);
  const seen = new Set<string>();
  // A daemon's own view of the mounts may be one that only it has (`ip netns exec` makes one).
  const others = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && !daemons.has(Number(name)));
  for (const pid of others) {
    if (readLink(`/proc/${pid}/ns/net`) === own) return false;
    const mounts = readLink(`/proc/${pid}/ns/mnt`);
    if (mounts === undefined || seen.has(mounts)) continue;
    seen.add(mounts);
    if (mountsOf(pid).includes(` ${own} `)) return false;
  }
  // There are many files and threads: they are asked last.
  return !others.some((pid) => openFiles(pid).includes(own) || threadsOf(pid).includes(own));
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function openFiles(pid: string): (string | undefined)[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readLink(`/proc/${pid}/fd/${fd}`));
  } catch {
    return []; // it went meanwhile
  }
}

function threadsOf(pid: string): (string | undefined)[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => readLink(`/proc/${pid}/task/${thread}/ns/net`));
  } catch {
    return [];
  }
}

function mountsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, "utf8");
  } catch {
    return "";
  }
}
