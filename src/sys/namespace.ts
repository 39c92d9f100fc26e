import { closeSync, existsSync, constants as fsConstants, mkdirSync, openSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { RondoError } from "../errors.js";
import { close, openFile } from "./descriptor.js";
import { SystemError } from "./errno.js";
import { checked, libc } from "./libc.js";
import { MNT_DETACH, MS_BIND, MS_REC, MS_SHARED, mount, unmount } from "./mount.js";
import { AF_UNIX } from "./sockaddr.js";
import { getOption, SO_NETNS_COOKIE, SOCK_DGRAM, SOL_SOCKET, socket } from "./socket.js";

export const CLONE_FS = 0x0000_0200;
export const CLONE_NEWNS = 0x0002_0000;
export const CLONE_NEWPID = 0x2000_0000;
export const CLONE_NEWNET = 0x4000_0000;

/** The network namespace of the calling thread, which need not be its process's. */
const ownNetwork = "/proc/thread-self/ns/net";

/** Opens a namespace's file ("/run/netns/NAME", "/proc/PID/ns/net"). Close it after use. */
export function openNamespace(path: string): number {
  return openFile(path);
}

/** Leaves what the flags (CLONE_NEW…) name and has it anew, for the calling thread and what it makes from then on. */
export function unshare(flags: number): void {
  checked("unshare", libc.unshare(flags));
}

/** Moves the calling thread into the namespace `fd`, of the kind `type` (CLONE_NEW…; 0: any). */
export function setNamespace(fd: number, type: number): void {
  checked("setns", libc.setns(fd, type));
}

/**
 * Does `work` with the calling thread in the network namespace `fd`, and comes home, whatever happens. Sockets and
 * children made there stay there. It must be synchronous: after an `await` other work would run in the wrong
 * namespace, so a Promise as result is refused (after coming home).
 *
 * Node's thread pool does not come along, but starts where its first task was given: no fs.promises, dns.lookup or
 * other pool work within `work`.
 */
export function withNetworkNamespace<T>(fd: number, work: () => T): T {
  const home = openFile(ownNetwork);
  try {
    setNamespace(fd, CLONE_NEWNET);
    let result: T;
    try {
      result = work();
    } finally {
      comeHome(home);
    }
    if (isThenable(result)) {
      Promise.resolve(result).catch(() => {}); // Its failure is the smaller one of the two.
      throw new RondoError(
        "asynchronous-hop",
        "withNetworkNamespace() needs synchronous work, and this work returned a Promise",
        { remedy: "Use a worker that calls enterNetworkNamespace()." },
      );
    }
    return result;
  } finally {
    close(home);
  }
}

/**
 * Does `work`, whose children are born in the PID namespace `fd`; "new": in one of their own, in which the first of them is
 * process 1, so that all others end with it. It must be synchronous, and start no threads: the kernel makes none for one
 * whose children live elsewhere.
 */
export function withChildrenIn<T>(fd: number | "new", work: () => T): T {
  const home = openFile("/proc/thread-self/ns/pid");
  try {
    if (fd === "new") unshare(CLONE_NEWPID);
    else setNamespace(fd, CLONE_NEWPID);
    try {
      return work();
    } finally {
      if (libc.setns(home, CLONE_NEWPID) !== 0) process.abort();
    }
  } finally {
    close(home);
  }
}

/** Moves the calling thread into the network namespace `fd` for good: for workers and children at their start. */
export function enterNetworkNamespace(fd: number): void {
  setNamespace(fd, CLONE_NEWNET);
}

/** Makes a network namespace and gives its descriptor; it lives while something holds it. The thread stays where it is. */
export function createNetworkNamespace(): number {
  const home = openFile(ownNetwork);
  try {
    unshare(CLONE_NEWNET);
    try {
      return openFile(ownNetwork);
    } finally {
      comeHome(home);
    }
  } finally {
    close(home);
  }
}

/** The number of the caller's network namespace that is never used again while the machine runs (Linux 5.14). */
export function networkNamespaceCookie(): bigint {
  const fd = socket(AF_UNIX, SOCK_DGRAM);
  try {
    return getOption(fd, SOL_SOCKET, SO_NETNS_COOKIE, 8).readBigUInt64LE(0);
  } finally {
    close(fd);
  }
}

/**
 * Keeps a namespace alive under a path, as `ip netns add` does: a bind mount on an empty file, in a folder that is
 * mounted shared so that other mount namespaces see it come and go (iproute2, ip/ipnetns.c). `ip netns` knows what
 * lies in /run/netns.
 *
 * @throws RondoError "namespace-exists" if the path is taken.
 */
export function pinNamespace(fd: number, path: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  shareMounts(folder);
  if (existsSync(path))
    throw new RondoError("namespace-exists", `${path} is there already`, {
      remedy: "Remove it, or take another name.",
    });
  closeSync(openSync(path, fsConstants.O_RDONLY | fsConstants.O_CREAT | fsConstants.O_EXCL, 0));
  try {
    mount(`/proc/thread-self/fd/${fd}`, path, "none", MS_BIND);
  } catch (error) {
    unlinkSync(path);
    throw error;
  }
}

/** Undoes {@link pinNamespace}. A path that is not there is no error. */
export function unpinNamespace(path: string): void {
  if (!existsSync(path)) return;
  try {
    unmount(path, MNT_DETACH);
  } catch (error) {
    if (!SystemError.is(error, "EINVAL")) throw error; // EINVAL: nothing is mounted on the file.
  }
  unlinkSync(path);
}

function shareMounts(folder: string): void {
  try {
    mount("", folder, "none", MS_SHARED | MS_REC);
  } catch (error) {
    if (!SystemError.is(error, "EINVAL")) throw error; // EINVAL: the folder is no mount point yet.
    mount(folder, folder, "none", MS_BIND | MS_REC);
    mount("", folder, "none", MS_SHARED | MS_REC);
  }
}

/** A thread that can't come home would do everything after it in the wrong network: better no process at all. */
function comeHome(home: number): void {
  if (libc.setns(home, CLONE_NEWNET) === 0) return;
  process.abort();
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
