import { constants, release } from "node:os";
import { RondoError } from "../errors.js";
import { SystemError } from "./errno.js";
import { checked, lastErrno, libc } from "./libc.js";
import { addressOf } from "./memory.js";

const PR_SET_PDEATHSIG = 1;
const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;
const FD_CLOEXEC = 1;
const SIG_DFL = 0;

/** Whether the process may do what only root may. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** @throws RondoError "no-root", with this sentence, unless the process is root's */
export function needRoot(sentence: string, remedy = "Run it as root."): void {
  if (!isRoot()) throw new RondoError("no-root", sentence, { remedy });
}

/**
 * Has the kernel send `signal` to this process when its parent (the thread that made it) ends. A parent that has ended
 * already is found by its id: `parent` is what the parent knows as its own, and may have passed on. The signal is then
 * sent at once.
 */
export function dieWithParent(signal: NodeJS.Signals = "SIGKILL", parent: number = process.ppid): void {
  checked("prctl(PR_SET_PDEATHSIG)", libc.prctl(PR_SET_PDEATHSIG, constants.signals[signal], 0, 0, 0));
  if (process.ppid !== parent) process.kill(process.pid, signal);
}

/**
 * Becomes another program (execve(2)): it has this process's id, standard streams and namespaces. Returns only by
 * throwing.
 */
export function replaceProcess(
  path: string,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): never {
  const environment = Object.entries(env)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`);
  const argumentList = new StringList(argv);
  const environmentList = new StringList(environment);
  const undo = resetForProgram();
  libc.execve(path, argumentList.pointers, environmentList.pointers);
  const errno = lastErrno();
  undo();
  throw new SystemError(`execve(${path})`, errno);
}

/** Sends a signal (0: only asks). False if there is no such process. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  const number = signal === 0 ? 0 : constants.signals[signal];
  if (libc.kill(pid, number) === 0) return true;
  const errno = lastErrno();
  if (errno === constants.errno.ESRCH) return false;
  throw new SystemError(`kill(${pid}, ${signal})`, errno);
}

/** The running kernel's version. */
export interface KernelVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** As uname says it: "6.1.0-18-amd64". */
  readonly text: string;
}

export function kernelVersion(text: string = release()): KernelVersion {
  const [major = 0, minor = 0, patch = 0] = (/^\d+(\.\d+)*/.exec(text)?.[0] ?? "").split(".").map(Number);
  return { major, minor, patch, text };
}

/** A char *[] that ends with null, and the strings it points to, which live as long as it does. */
class StringList {
  readonly strings: readonly Buffer[];
  readonly pointers: Buffer;

  constructor(texts: readonly string[]) {
    this.strings = texts.map((text) => Buffer.from(`${text}\0`));
    this.pointers = Buffer.alloc(8 * (texts.length + 1));
    for (const [i, string] of this.strings.entries())
      this.pointers.writeBigUInt64LE(addressOf(string), 8 * i);
  }
}

/**
 * What Node changed for itself and a program must not inherit: SIGPIPE is ignored, standard streams are close-on-exec,
 * and those that are pipes or terminals may be non-blocking. Gives what undoes it, should execve fail.
 */
function resetForProgram(): () => void {
  const SIGPIPE = constants.signals.SIGPIPE;
  const handler = libc.signal(SIGPIPE, SIG_DFL);
  const streams = [0, 1, 2]
    .map((fd) => ({
      fd,
      status: libc.fcntl(fd, F_GETFL, 0),
      descriptor: libc.fcntl(fd, F_GETFD, 0),
    }))
    .filter(({ status }) => status >= 0);
  for (const { fd, status, descriptor } of streams) {
    libc.fcntl(fd, F_SETFL, status & ~O_NONBLOCK);
    libc.fcntl(fd, F_SETFD, descriptor & ~FD_CLOEXEC);
  }
  return () => {
    libc.signal(SIGPIPE, handler);
    for (const { fd, status, descriptor } of streams) {
      libc.fcntl(fd, F_SETFL, status);
      libc.fcntl(fd, F_SETFD, descriptor);
    }
  };
}
