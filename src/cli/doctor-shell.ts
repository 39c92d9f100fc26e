import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import type { Ran } from "../doctor/index.js";
import { rondoPath } from "../package-root.js";
import { shellWord } from "../sys/index.js";

type Spawn = (command: string, args: readonly string[], options: SpawnOptions) => ChildProcess;

/**
 * Runs a command of a shell: here, or where `start` starts programs. `rondo` and `ipvsadm` in it are this program, whatever PATH has.
 *
 * @param first a folder whose programs come before those of PATH.
 */
export async function runShell(command: string, start: Spawn = spawn, first?: string): Promise<Ran> {
  const ours = `rondo() { ${shellWord(process.execPath)} ${shellWord(rondoPath)} "$@"; }; ipvsadm() { rondo ipvsadm "$@"; }`;
  const path = `${process.env["PATH"] ?? "/usr/bin:/bin"}:/usr/sbin:/sbin`;
  const env = { ...process.env, PATH: first === undefined ? path : `${first}:${path}` };
  const child = start("/bin/sh", ["-c", `${ours}; ${command}`], { stdio: ["ignore", "pipe", "pipe"], env });
  let output = "";
  for (const stream of [child.stdout!, child.stderr!])
    stream.on("data", (data: Buffer) => {
      output += data.toString();
    });
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ status: 127, output: error.message }));
    child.once("close", (status) => resolve({ status: status ?? 128, output }));
  });
}

/** Starts the program that tells what a host looks like. */
export function startReader(start: Spawn): ChildProcess {
  return start(process.execPath, [rondoPath, "doctor", "--facts", "--stdin"], {
    stdio: ["pipe", "pipe", "pipe"],
  });
}
