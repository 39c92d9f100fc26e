import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename } from "node:path";

/** A program to run: its words, the program first. No shell sees them. */
export interface Script {
  readonly argv: readonly [string, ...string[]];
  /** Whom it runs as, with no other groups; by default as this process does. Only root may name another. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

export interface ScriptOptions {
  /** Milliseconds it may run; without it there is no limit. */
  readonly timeout?: number;
  /** Ends it when aborted. */
  readonly signal?: AbortSignal;
  /** Milliseconds from SIGTERM to SIGKILL. Default 1000. */
  readonly killAfter?: number;
  /** Further variables, before those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Told the process id as soon as there is one. */
  readonly started?: (pid: number) => void;
}

export interface ScriptResult {
  /** What it exited with; undefined if a signal ended it or it did not start. */
  readonly status?: number;
  /** The signal that ended it, ours included. */
  readonly killedBy?: NodeJS.Signals;
  /** It ran longer than its timeout, and was ended. */
  readonly timedOut: boolean;
  /** It never ran: a sentence that says why, with the program's path. */
  readonly missing?: string;
}

/** How often it is looked whether a group that was told to end has done so, in milliseconds. */
const look = 20;
/** Signals to groups that are there, should this process end. */
const groups = new Set<number>();
let watchesExit = false;

/**
 * Runs a program and waits for it: without a shell, in a session and process group of its own, its standard streams on
 * /dev/null. It never throws, and many may run at once.
 *
 * A timeout or the signal ends the whole group: SIGTERM, and SIGKILL after `killAfter` if anything of it is left. The kernel sends
 * the program SIGTERM when this thread ends in whatever way (util-linux's setpriv asks for that; where there is none, scripts
 * get SIGTERM at this process's exit, which a SIGKILL prevents).
 */
export function runScript(script: Script, options: ScriptOptions = {}): Promise<ScriptResult> {
  return new Promise((resolve) => {
    if (options.signal?.aborted) {
      resolve({ timedOut: false, killedBy: "SIGTERM" });
      return;
    }
    let child: ChildProcess;
    try {
      child = start(script, options.env);
    } catch (error) {
      resolve({ timedOut: false, missing: `${script.argv[0]} can't be run: ${(error as Error).message}` });
      return;
    }
    const { pid } = child;
    if (pid === undefined) {
      child.once("error", (error: NodeJS.ErrnoException) =>
        resolve({ timedOut: false, missing: notStarted(script, error) }),
      );
      return;
    }
    remember(pid);
    const ending = new Ending(pid, options.killAfter ?? 1000);
    let timedOut = false;
    const timer =
      options.timeout === undefined
        ? undefined
        : setTimeout(
            () => {
              timedOut = true;
              ending.begin();
            },
            Math.min(options.timeout, 2 ** 31 - 1),
          );
    const abort = () => ending.begin();
    options.signal?.addEventListener("abort", abort, { once: true });
    child.on("error", () => {});
    options.started?.(pid);
    child.once("exit", (status, killedBy) => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", abort);
      groups.delete(pid);
      const missing = status === null ? undefined : whyNotRun(script, status);
      ending.whenGone(() =>
        resolve({
          timedOut,
          ...(missing !== undefined
            ? { missing }
            : { ...(status !== null && { status }), ...(killedBy !== null && { killedBy }) }),
        }),
      );
    });
  });
}

function start({ argv, user }: Script, env: ScriptOptions["env"]): ChildProcess {
  const [program, ...words] = argv;
  const helper = deathSignalHelper();
  // As root with no user said: the same ids, so that other groups are dropped then, too.
  const who = user ?? (process.getuid?.() === 0 ? { uid: 0, gid: 0 } : undefined);
  const options = {
    detached: true,
    stdio: "ignore",
    env: { ...environment(), ...env },
    ...(who && { uid: who.uid, gid: who.gid }),
  } as const;
  return helper === undefined
    ? spawn(program, words, options)
    : spawn(helper, ["--pdeathsig", "TERM", "--", program, ...words], options);
}

/** This process's variables, without those that only it has a use for. */
function environment(): Record<string, string | undefined> {
  const own = /^(NODE_|NOTIFY_SOCKET$|WATCHDOG_|LISTEN_|RONDO_)/;
  const kept = Object.entries(process.env).filter(([name]) => !own.test(name));
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ...Object.fromEntries(kept),
  };
}

let helperPath: string | undefined | null = null;

/** setpriv asks for the parent-death signal and becomes the program; busybox's can't. */
function deathSignalHelper(): string | undefined {
  if (helperPath === null)
    helperPath = ["/usr/bin/setpriv", "/bin/setpriv"].find(
      (path) => existsSync(path) && basename(realpathSync(path)) === "setpriv",
    );
  return helperPath;
}

/** setpriv ends with 127 or 126 for a program that can't be run, as a shell does; so may the program itself. */
function whyNotRun(script: Script, status: number): string | undefined {
  const [program] = script.argv;
  if ((status !== 127 && status !== 126) || !program.includes("/")) return undefined;
  let is: Stats;
  try {
    is = statSync(program);
  } catch (error) {
    return notStarted(script, error as NodeJS.ErrnoException);
  }
  if (!is.isFile()) return `${program} can't be run: it is no file`;
  if (status === 126 && !mayRun(is, script.user))
    return `${program} can't be run: user ${script.user?.uid ?? 0} may not execute it (mode ${(is.mode & 0o7777).toString(8)})`;
  return undefined;
}

function mayRun(is: Stats, user: Script["user"]): boolean {
  const { uid, gid } = user ?? { uid: 0, gid: 0 };
  if (uid === 0) return (is.mode & 0o111) !== 0;
  if (uid === is.uid) return (is.mode & 0o100) !== 0;
  return (is.mode & (gid === is.gid ? 0o010 : 0o001)) !== 0;
}

function notStarted({ argv: [program] }: Script, error: NodeJS.ErrnoException): string {
  const why: Record<string, string> = { ENOENT: "there is no such file", EACCES: "permission denied" };
  return `${program} can't be run: ${why[error.code ?? ""] ?? error.message}`;
}

function remember(pid: number): void {
  groups.add(pid);
  if (watchesExit) return;
  watchesExit = true;
  process.on("exit", () => {
    for (const group of groups) signalGroup(group, "SIGTERM");
  });
}

/** The end of a process group that was asked for. */
class Ending {
  readonly #group: number;
  readonly #killAfter: number;
  #killer: NodeJS.Timeout | undefined;
  #begun = 0;

  constructor(group: number, killAfter: number) {
    this.#group = group;
    this.#killAfter = killAfter;
  }

  begin(): void {
    if (this.#begun > 0) return;
    this.#begun = performance.now();
    signalGroup(this.#group, "SIGTERM");
    this.#killer = setTimeout(() => signalGroup(this.#group, "SIGKILL"), this.#killAfter);
  }

  /** The program itself has ended: calls back when nothing of its group is left, if it was to end; else at once. */
  whenGone(then: () => void): void {
    if (this.#begun === 0 || !signalGroup(this.#group, 0)) {
      clearTimeout(this.#killer);
      then();
    } else if (performance.now() - this.#begun > this.#killAfter + 1000)
      then(); // Killed, and the kernel isn't done with it.
    else setTimeout(() => this.whenGone(then), look);
  }
}

/** False if nobody of the group is there. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}
