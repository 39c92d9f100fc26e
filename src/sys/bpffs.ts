import { existsSync, constants as fsConstants, readFileSync, readlinkSync } from "node:fs";
import { RondoError } from "../errors.js";
import { close, openFile } from "./descriptor.js";
import { SystemError } from "./errno.js";
import { checked, libc } from "./libc.js";
import { mount, mountedType } from "./mount.js";
import { CLONE_FS, CLONE_NEWNS, setNamespace, unshare } from "./namespace.js";

export const BPF_FS_MAGIC = 0xcafe4a11;
const bpffs = "/sys/fs/bpf";

/**
 * The path of the machine's bpffs, which is mounted if it isn't. It is PID 1's, not the caller's: inside
 * `ip netns exec` a process has mounts of its own, and a bpffs mounted there vanishes when it ends. Then the path leads
 * through /proc: "/proc/1/root/sys/fs/bpf".
 *
 * @throws RondoError "no-bpffs"
 */
export function ensureBpffs(): string {
  try {
    const host = processWithMachineMounts();
    const path = host === undefined ? bpffs : `/proc/${host}/root${bpffs}`;
    if (!isBpffs(path)) {
      if (host === undefined) mountBpffs();
      else withMountsOf(host, mountBpffs);
    }
    return path;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new RondoError("no-bpffs", `there is no bpffs at ${bpffs}, and mounting it failed: ${detail}`, {
      remedy: "Run it as root, on a kernel with CONFIG_BPF_SYSCALL.",
      cause: error,
    });
  }
}

/**
 * A process that has the machine's mounts, or undefined if the calling thread itself has them. It is PID 1; where even
 * root may not look at that, the topmost of the ancestors that it may look at.
 */
function processWithMachineMounts(): number | undefined {
  const own = mountNamespace("thread-self");
  const first = mountNamespace(1);
  if (first !== undefined) return first === own ? undefined : 1;
  let top: { pid: number; mounts: string } | undefined;
  for (let pid = process.ppid; pid > 1; pid = parentOf(pid)) {
    const mounts = mountNamespace(pid);
    if (mounts === undefined) break;
    top = { pid, mounts };
  }
  return top === undefined || top.mounts === own ? undefined : top.pid;
}

/** "mnt:[4026531832]", or undefined if it can't be seen. */
function mountNamespace(process: number | "thread-self"): string | undefined {
  try {
    return readlinkSync(`/proc/${process}/ns/mnt`);
  } catch {
    return undefined;
  }
}

/** The fourth field of /proc/PID/stat; the second, in parentheses, may hold anything. 0 if the process is gone. */
function parentOf(pid: number): number {
  try {
    const fields = /\) \S (\d+) [^)]*$/.exec(readFileSync(`/proc/${pid}/stat`, "latin1"));
    return Number(fields?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function isBpffs(path: string): boolean {
  return existsSync(path) && mountedType(path) === BPF_FS_MAGIC;
}

function mountBpffs(): void {
  if (isBpffs(bpffs)) return;
  try {
    mount("bpf", bpffs, "bpf", 0, "mode=0700");
  } catch (error) {
    if (!SystemError.is(error, "EBUSY")) throw error; // EBUSY: another process was faster.
  }
}

/**
 * Does `work` with the calling thread in another process's mount namespace: mount(2) takes no path of a foreign one.
 * The kernel wants a thread that shares its working directory with none for that; so a later process.chdir() on this
 * thread does not reach the threads that were there before.
 */
function withMountsOf(pid: number, work: () => void): void {
  const opened: number[] = [];
  const open = (path: string, flags?: number) => {
    const fd = openFile(path, flags);
    opened.push(fd);
    return fd;
  };
  try {
    const home = open("/proc/thread-self/ns/mnt");
    const folder = open(".", fsConstants.O_RDONLY | fsConstants.O_DIRECTORY);
    const other = open(`/proc/${pid}/ns/mnt`);
    unshare(CLONE_FS);
    setNamespace(other, CLONE_NEWNS);
    try {
      work();
    } finally {
      // setns puts the thread into the namespace's root folder, so the way home includes the working directory.
      setNamespace(home, CLONE_NEWNS);
      checked("fchdir", libc.fchdir(folder));
    }
  } finally {
    opened.forEach(close);
  }
}
