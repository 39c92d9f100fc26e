import type { ChildProcess, SpawnOptions } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "./host.js";
import { type ProcessId, processesIn } from "./processes.js";
import { programPath } from "./programs.js";
import { saysReady } from "./says-ready.js";

/** Starts a program on some host. */
export type Start = (command: string, args: readonly string[], options: SpawnOptions) => ChildProcess;

/**
 * Starts a program that serves, and lives on when this process ends. It gets its configuration as its argument, and says
 * "ready" when it listens.
 *
 * @param log the file for what it says besides.
 * @returns its process id, as this process sees it, once it listens.
 * @throws Error with what it said.
 */
export async function launch(
  program: Parameters<typeof programPath>[0],
  config: unknown,
  log: string,
  start: Start,
): Promise<number> {
  const file = openSync(log, "w");
  const child = start(process.execPath, [programPath(program), JSON.stringify(config)], {
    detached: true,
    cwd: "/",
    stdio: ["ignore", "pipe", file],
  });
  closeSync(file);
  const ready = await saysReady(child);
  if (!ready || child.pid === undefined) throw new Error(contents(log)?.trim() || "it said nothing");
  child.stdout!.destroy();
  child.unref();
  return child.pid;
}

/** A host's program that has put its process id into a file there, whoever started it, as the machine sees it. */
export function serviceOn(host: Host, pidFile: string): ProcessId | undefined {
  if (!host.init) return undefined;
  const own = contents(join(host.root, pidFile));
  if (own === undefined) return undefined;
  return processesIn([host.namespace]).find(({ pid }) => {
    const ids =
      /^NSpid:(.*)$/m
        .exec(contents(`/proc/${pid}/status`) ?? "")?.[1]
        ?.trim()
        .split(/\s+/) ?? [];
    return ids.length > 1 && ids.at(-1) === own.trim();
  });
}

/** Of a text file; undefined where there is none. */
export function contents(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
