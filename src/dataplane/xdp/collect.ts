import { closeSync, readdirSync, readlinkSync } from "node:fs";
import { listPinFolders, removePins } from "../../bpf/index.js";
import { networkNamespaceCookie, openNamespace, withNetworkNamespace } from "../../sys/index.js";

/** The inode of the PID namespace that a machine boots with (include/linux/proc_ns.h, PROC_PID_INIT_INO). */
const firstPidNamespace = "pid:[4026531836]";

/**
 * Removes the pins of network namespaces that are gone: a namespace's end detaches its programs, but their maps and the
 * sweeper's timer would go on as long as they are pinned. A namespace is there if a process is in it or a file in /run/netns
 * holds it. In a PID namespace not all processes can be seen, and nothing is removed.
 */
export function collectDeadNamespaces(): void {
  const folders = listPinFolders();
  if (folders.length === 0 || readLink("/proc/self/ns/pid") !== firstPidNamespace) return;
  const alive = livingCookies();
  for (const { cookie, path } of folders) if (!alive.has(cookie)) removePins(path);
}

function livingCookies(): Set<bigint> {
  const seen = new Set<string>();
  const cookies = new Set<bigint>([networkNamespaceCookie()]);
  const look = (path: string) => {
    const known = readLink(path);
    if (known !== undefined && seen.has(known)) return;
    if (known !== undefined) seen.add(known);
    try {
      const fd = openNamespace(path);
      try {
        cookies.add(withNetworkNamespace(fd, networkNamespaceCookie));
      } finally {
        closeSync(fd);
      }
    } catch {
      // The process or the file went meanwhile, or is no namespace.
    }
  };
  for (const name of list("/proc")) if (/^\d+$/.test(name)) look(`/proc/${name}/ns/net`);
  for (const name of list("/run/netns")) look(`/run/netns/${name}`);
  return cookies;
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
