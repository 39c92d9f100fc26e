import { readdirSync, readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { signalProcess } from "../sys/index.js";

/** A process that is meant and no other: a process id alone is given to another one some day. */
export interface ProcessId {
  readonly pid: number;
  /** In clock ticks since the machine started (proc_pid_stat(5), field 22). */
  readonly startTime: number;
}

/** PF_EXITING (include/linux/sched.h). */
const exiting = 4;

/** undefined if there is no such process, or it has ended, or is about to and only waits for others. */
export function identify(pid: number): ProcessId | undefined {
  const fields = statOf(pid);
  if (!fields || fields[0] === "Z" || fields[0] === "X" || Number(fields[6]) & exiting) return undefined;
  return { pid, startTime: Number(fields[19]) };
}

export function isAlive(process: ProcessId): boolean {
  return identify(process.pid)?.startTime === process.startTime;
}

/** The fields of /proc/PID/stat from the state on; the name before it may hold anything, parentheses too. */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/**
 * All processes in any of the pinned network namespaces, except this one and those that it was started from.
 *
 * One whose main thread is there for a moment, to look at something, is at home elsewhere and none of them: every `rondo`
 * command that asks which namespaces still live does so, whosever it is. Its other threads tell, which stay at home.
 */
export function processesIn(namespaces: readonly string[]): ProcessId[] {
  const wanted = new Set(namespaces.map(identityOf).filter((identity) => identity !== undefined));
  if (wanted.size === 0) return [];
  const own = new Set(ownLine());
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && !own.has(Number(name)))
    .filter((name) => wanted.has(identityOf(`/proc/${name}/ns/net`) ?? "") && isAtHome(name, wanted))
    .map((name) => identify(Number(name)))
    .filter((process) => process !== undefined);
}

/** Whether all threads of a process are in these namespaces. */
function isAtHome(pid: string, namespaces: ReadonlySet<string>): boolean {
  const threads = `/proc/${pid}/task`;
  try {
    return readdirSync(threads)
      .map((thread) => identityOf(`${threads}/${thread}/ns/net`))
      .every((identity) => identity === undefined || namespaces.has(identity));
  } catch {
    return false; // It has ended.
  }
}

/** What tells one namespace from all others that there are at this moment. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** This process, its parent, and so on. */
function ownLine(): number[] {
  const line = [process.pid];
  for (let parent = process.ppid; parent > 1 && !line.includes(parent); ) {
    line.push(parent);
    parent = Number(statOf(parent)?.[1] ?? 0);
  }
  return line;
}

/**
 * Ends what `find` gives: asks first, then kills; asks `find` again until it gives nothing, as what ends may start more.
 * @param options patience: milliseconds between asking and killing.
 */
export async function endProcesses(
  find: () => readonly ProcessId[],
  { patience = 500 }: { readonly patience?: number } = {},
): Promise<void> {
  const asked = new Set<string>();
  const end = Date.now() + patience;
  const last = end + 5000;
  for (;;) {
    const left = find();
    if (left.length === 0) return;
    if (Date.now() > last)
      throw new Error(
        `process ${left.map(({ pid }) => pid).join(", ")} does not end, although it was killed`,
      );
    for (const one of left) {
      const key = `${one.pid} ${one.startTime}`;
      if (Date.now() >= end) signalProcess(one.pid, "SIGKILL");
      else if (!asked.has(key)) signalProcess(one.pid, "SIGTERM");
      asked.add(key);
    }
    await sleep(10);
  }
}
