import type { ChildProcess } from "node:child_process";
import { spawnRondo } from "../spawn-rondo.js";

/** What a process that we start is to be, in its environment: it takes it out at once, no child of its own sees it. */
export const partVariable = "RONDO_HAPROXY_PART";

export type Part =
  /** Runs in the background what the command line says, and tells its parent when it listens. */
  | { readonly part: "daemon" }
  /** Serves; `sockets` are descriptors that listen already. */
  | {
      readonly part: "worker";
      readonly sockets: readonly number[];
      readonly number: number;
      /** Of a master in the background: it lets go of the terminal when it serves. */
      readonly detach: boolean;
    };

/** Takes the part out of the environment. */
export function ownPart(): Part | undefined {
  const text = process.env[partVariable];
  delete process.env[partVariable];
  return text === undefined ? undefined : (JSON.parse(text) as Part);
}

export interface SpawnOptions {
  /** Descriptors that keep their number (`fd@N`), and those that get another one. */
  readonly keep: readonly number[];
  readonly give?: readonly number[];
  readonly detached?: boolean;
  /** What the new process is; `sockets` are the numbers that `give` has there. */
  readonly part: (sockets: readonly number[]) => Part;
}

/** Starts this program again with the same words; standard streams are shared. They talk by Node's IPC. */
export function spawnSelf(words: readonly string[], { part, ...options }: SpawnOptions): ChildProcess {
  return spawnRondo("haproxy", words, {
    ...options,
    environment: (given) => ({ ...process.env, [partVariable]: JSON.stringify(part(given)) }),
  });
}
