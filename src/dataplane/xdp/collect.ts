import { closeSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { listPinFolders, listPins, openPinnedLink, pinFolder, removePins } from "../../bpf/index.js";
import { networkNamespaceCookie, openNamespace, withNetworkNamespace } from "../../sys/index.js";

/** The inode of the PID namespace that a machine boots with (include/linux/proc_ns.h, PROC_PID_INIT_INO). */
const firstPidNamespace = "pid:[4026531836]";

/**
 * Removes the pins of network namespaces that are gone: a namespace's end detaches its programs, but their maps and the
 * sweeper's timer would go on as long as they are pinned.
 */
export function collectDeadNamespaces(): void {
  const folders = listPinFolders();
  const gone = new Set(goneOf(folders.map(({ cookie }) => cookie)));
  for (const { cookie, path } of folders) if (gone.has(cookie)) removePins(path);
}

/**
 * Those of some network namespaces that are gone. A namespace is there if a process is in it, a mount holds it (`ip netns`),
 * or, which takes longer to find out, a thread is in it or holds it open, or the director is still attached to a device of
 * it. In a PID namespace not all processes can be seen, and none is known to be gone.
 */
export function goneOf(cookies: readonly bigint[]): bigint[] {
  if (cookies.length === 0 || readLink("/proc/self/ns/pid") !== firstPidNamespace) return [];
  const living = new LivingNamespaces();
  living.lookAt(processes().map((pid) => `/proc/${pid}/ns/net`));
  living.lookAt(list("/run/netns").map((name) => `/run/netns/${name}`));
  living.lookAt(mountedNamespaces());
  const isHeld = (cookie: bigint) =>
    living.has(cookie) || owners.some((owner) => isAttached(pinFolder(cookie, owner)));
  const doubtful = cookies.filter((cookie) => !isHeld(cookie));
  if (doubtful.length === 0) return [];
  for (const pid of processes()) {
    living.lookAt(list(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/ns/net`));
    const open = list(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`);
    living.lookAt(open.filter((path) => readLink(path)?.startsWith("net:[")));
  }
  return doubtful.filter((cookie) => !living.has(cookie));
}

/** Who may have pins of a namespace. */
const owners = ["director", "server"] as const;

/** The cookies of namespaces that have been looked at. */
class LivingNamespaces {
  /** As their links say: "net:[4026532290]". */
  readonly #seen = new Set<string>();
  readonly #cookies = new Set<bigint>([networkNamespaceCookie()]);

  has(cookie: bigint): boolean {
    return this.#cookies.has(cookie);
  }

  lookAt(paths: readonly string[]): void {
    for (const path of paths) {
      if (this.#seen.has(readLink(path) ?? "")) continue;
      try {
        const fd = openNamespace(path);
        try {
          this.#cookies.add(withNetworkNamespace(fd, networkNamespaceCookie));
          // What was opened, not what the path said before: a process may have gone, or into another namespace, in between.
          this.#seen.add(readLink(`/proc/self/fd/${fd}`) ?? "");
        } finally {
          closeSync(fd);
        }
      } catch {
        // The process or the file went meanwhile, or is no namespace.
      }
    }
  }
}

/** Whether a link pinned in a folder still holds a program at a device. */
function isAttached(folder: string): boolean {
  return listPins(folder).some((name) => {
    if (!name.startsWith("link_")) return false;
    try {
      const link = openPinnedLink(join(folder, name));
      try {
        return link.info().interfaceIndex !== 0;
      } finally {
        link.close();
      }
    } catch {
      return false; // It went meanwhile, or is not ours.
    }
  });
}

/** Where namespaces are mounted on files, in any process's mounts: "… 4:4 net:[4026532290] /run/netns/blue rw - nsfs nsfs rw". */
function mountedNamespaces(): string[] {
  const seen = new Set<string>();
  return processes().flatMap((pid) => {
    const mounts = readLink(`/proc/${pid}/ns/mnt`);
    if (mounts === undefined || seen.has(mounts)) return [];
    seen.add(mounts);
    return mountLines(pid).flatMap((line) => {
      const [, , , root, path] = line.split(" ");
      return root?.startsWith("net:[") && path ? [`/proc/${pid}/root${unescaped(path)}`] : [];
    });
  });
}

function mountLines(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, "utf8").split("\n");
  } catch {
    return [];
  }
}

/** Blanks and the like stand as three octal digits there. */
const unescaped = (path: string) =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

const processes = (): string[] => list("/proc").filter((name) => /^\d+$/.test(name));

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
