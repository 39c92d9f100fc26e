import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What is asked for; wrk keeps so many connections busy. */
export const loads = {
  "keep-alive": { what: "1 KiB, keep-alive", path: "/1k", words: ["-c", "32"] },
  new: { what: "1 KiB, a connection each", path: "/1k", words: ["-c", "32", "-H", "Connection: close"] },
  "1m": { what: "1 MiB, keep-alive", path: "/1m", words: ["-c", "8"] },
} as const;
export type Load = keyof typeof loads;

const ticks = 100; // USER_HZ

/** Seconds of CPU that a process and its children have taken. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) / ticks;
  }, 0);
}

/** Its descendants, and it. */
export function withChildren(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(/\s+/)
    .filter(Boolean);
  return [pid, ...children.flatMap((child) => withChildren(Number(child)))];
}

async function listening(at: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 500 && child.exitCode === null; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(at, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => resolve(false));
    });
    if (open) return;
    await sleep(20);
  }
  throw new Error(`nothing listens at port ${at}`);
}

/** Starts a command on one CPU, and waits until it listens. */
export async function begin(cpu: string, command: readonly string[], at: number): Promise<ChildProcess> {
  const child = spawn("taskset", ["-c", cpu, ...command], { stdio: ["ignore", "ignore", "inherit"] });
  await listening(at, child);
  return child;
}

/** Ends it, and waits for that. */
export async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
}

/** Has wrk ask for so many seconds. */
export function load(
  cpu: string,
  at: number,
  which: Load,
  seconds: number,
): { requests: number; seconds: number; failed: number } {
  const { path, words } = loads[which];
  const url = `http://127.0.0.1:${at}${path}`;
  const run = spawnSync("taskset", ["-c", cpu, "wrk", "-t1", `-d${seconds}s`, ...words, url], {
    encoding: "utf8",
  });
  const found = /(\d+) requests in ([\d.]+)(m?s|m)/.exec(run.stdout);
  if (!found) throw new Error(`wrk said: ${run.stdout}${run.stderr}`);
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(run.stdout);
  const statuses = /Non-2xx or 3xx responses: (\d+)/.exec(run.stdout);
  const failed = [...(errors?.slice(1) ?? []), statuses?.[1] ?? 0].reduce(
    (sum: number, each) => sum + Number(each),
    0,
  );
  return { requests: Number(found[1]), seconds: Number(found[2]), failed };
}
