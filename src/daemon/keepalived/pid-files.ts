import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { type Log, RondoError } from "../../errors.js";
import { lockFolder } from "../../sys/index.js";
import type { RoleName } from "./role.js";

/** Where each process's id is written. */
export type PidPaths = Readonly<Record<RoleName | "main", string>>;

/** What decides the paths. */
export interface PidNames {
  /** -p, -r, -c, -b. */
  readonly given: Partial<Record<RoleName | "main", string>>;
  readonly namespace: string | undefined;
  readonly instance: string | undefined;
  readonly useFolder: boolean;
}

const stems = { main: "keepalived", vrrp: "vrrp", checker: "checkers", bfd: "bfd" } as const;

/**
 * The real one's paths: /run/keepalived.pid, vrrp.pid, checkers.pid and bfd.pid beside it; in /run/keepalived/ with an instance name,
 * a network namespace or use_pid_dir. A namespace's files are where the real one's are seen from outside:
 * /run/keepalived/keepalived_NAMESPACE/.
 */
export function pidPaths({ given, namespace, instance, useFolder }: PidNames): PidPaths {
  const own = namespace !== undefined ? `/run/keepalived/keepalived_${namespace}/` : "/run/keepalived/";
  const folder = namespace !== undefined || instance !== undefined || useFolder ? own : "/run/";
  const end = instance === undefined ? ".pid" : `_${instance}.pid`;
  const path = (role: RoleName | "main") => given[role] ?? `${folder}${stems[role]}${end}`;
  return { main: path("main"), vrrp: path("vrrp"), checker: path("checker"), bfd: path("bfd") };
}

/** The pid files of a running daemon. */
export class PidFiles {
  readonly paths: PidPaths;
  readonly #written = new Set<string>();
  readonly #folder: string | undefined;

  private constructor(paths: PidPaths, folder: string | undefined) {
    this.paths = paths;
    this.#folder = folder;
  }

  /**
   * Writes the supervisor's, unless one of them names a process that is there. Two who begin at once are told apart by the folder's lock.
   * @throws RondoError "already-running"; "pid-file"
   */
  static take(paths: PidPaths, roles: readonly RoleName[], log: Log): PidFiles {
    const folder = dirname(paths.main);
    let made: string | undefined;
    try {
      made = mkdirSync(folder, { recursive: true, mode: 0o755 });
    } catch (error) {
      throw unwritable(paths.main, error);
    }
    const lock = lockFolder(folder, 10_000);
    try {
      for (const path of [paths.main, ...roles.map((role) => paths[role])]) {
        const pid = runningPid(path, log);
        if (pid !== undefined)
          throw new RondoError("already-running", "daemon is already running", {
            remedy: `Process ${pid} is named by ${path}. End it, or give other files by -p, -r, -c and -b.`,
          });
      }
      const files = new PidFiles(paths, made);
      files.write("main", process.pid);
      return files;
    } finally {
      lock.release();
    }
  }

  write(role: RoleName | "main", pid: number): void {
    const path = this.paths[role];
    const umask = process.umask(0o022);
    try {
      const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
      const fd = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644);
      writeSync(fd, `${pid}\n`);
      closeSync(fd);
      this.#written.add(path);
    } catch (error) {
      throw unwritable(path, error);
    } finally {
      process.umask(umask);
    }
  }

  remove(role: RoleName | "main"): void {
    this.#written.delete(this.paths[role]);
    rmSync(this.paths[role], { force: true });
  }

  close(): void {
    for (const path of this.#written) rmSync(path, { force: true });
    this.#written.clear();
    try {
      if (this.#folder !== undefined) rmdirSync(dirname(this.paths.main));
    } catch {
      // Others have files there.
    }
  }
}

const unwritable = (path: string, error: unknown): RondoError =>
  new RondoError("pid-file", `Cannot open ${path} pidfile: ${(error as Error).message}`, { cause: error });

/** How long workers whose supervisor was killed may take to stop in order, and how often it is looked, in milliseconds. */
const orphansEnd = 5_000;
const look = 50;

/**
 * Waits while workers are there without the supervisor that was theirs: they are stopping. Who begins meanwhile would be told that a
 * daemon is running, which is true for that second alone.
 */
export async function orphansGone(paths: PidPaths, log: Log): Promise<void> {
  if (pidIn(paths.main) !== undefined) return;
  const there = () =>
    (["vrrp", "checker", "bfd"] as const).filter((role) => pidIn(paths[role]) !== undefined);
  if (there().length === 0) return;
  log.info(`Wait for the end of a former run's processes: ${there().join(", ")}`);
  for (const end = performance.now() + orphansEnd; there().length > 0 && performance.now() < end; )
    await new Promise((resolve) => setTimeout(resolve, look));
}

/** The process that a file names, if it is there. What names none any more is removed. */
function runningPid(path: string, log: Log): number | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  const pid = Number.parseInt(text, 10);
  if (pid > 0 && isThere(pid) && pid !== process.pid) return pid;
  log.info(`Remove a zombie pid file ${path}`);
  rmSync(path, { force: true });
  return undefined;
}

/** The process that a pid file names, if it is there. */
export function pidIn(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, "utf8"), 10);
    return pid > 0 && isThere(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
