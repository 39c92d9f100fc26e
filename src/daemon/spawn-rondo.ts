import { type ChildProcess, spawn } from "node:child_process";
import { rondoPath } from "../package-root.js";

export interface SpawnRondoOptions {
  /** Descriptors that keep their number, and those that get another one. */
  readonly keep?: readonly number[];
  readonly give?: readonly number[];
  readonly detached?: boolean;
  /** Its environment; `given` are the numbers that `give` has there. */
  readonly environment: (given: readonly number[]) => NodeJS.ProcessEnv;
}

/** Starts this program again with a command and words; standard streams are shared. They talk by Node's IPC. */
export function spawnRondo(
  command: string,
  words: readonly string[],
  options: SpawnRondoOptions,
): ChildProcess {
  const stdio: ("inherit" | "ipc" | "ignore" | number)[] = ["inherit", "inherit", "inherit"];
  for (const fd of options.keep ?? []) {
    while (stdio.length < fd) stdio.push("ignore");
    stdio[fd] = fd;
  }
  const given: number[] = [];
  let at = 3;
  const free = () => {
    while (stdio[at] !== undefined && stdio[at] !== "ignore") at++;
    return at;
  };
  for (const fd of options.give ?? []) {
    given.push(free());
    stdio[at] = fd;
  }
  stdio[free()] = "ipc";
  return spawn(
    process.execPath,
    [...process.execArgv.filter((word) => !word.startsWith("--inspect")), rondoPath, command, ...words],
    {
      stdio,
      detached: options.detached ?? false,
      serialization: "advanced",
      env: options.environment(given),
    },
  );
}
