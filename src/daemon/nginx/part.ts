import type { ChildProcess } from "node:child_process";
import { spawnRondo } from "../spawn-rondo.js";
import type { Recording } from "./recorded-world.js";
import type { GivenZone } from "./shared-zones.js";

const variable = "RONDO_NGINX_PART";

/** What a process that we start is to be, in its environment: it takes it out at once. */
export type Part =
  /** Runs in the background what the command line says, and tells its parent when it listens. */
  | { readonly part: "daemon" }
  /** Takes the place of a master that goes on beside it, with its sockets (USR2). */
  | {
      readonly part: "new binary";
      readonly sockets: readonly (readonly [name: string, fd: number])[];
      /** The old master's number, and whether it has let go of the terminal. */
      readonly parent: number;
      readonly inBackground: boolean;
    }
  /** Serves at sockets that listen already: their names and descriptors. */
  | {
      readonly part: "worker";
      readonly sockets: readonly (readonly [name: string, fd: number])[];
      readonly zones: readonly GivenZone[];
      /** Which of the workers of its configuration it is, from 0, and its slot in zones. */
      readonly number: number;
      readonly slot: number;
      /** Of a master in the background: it lets go of the terminal when it serves. */
      readonly inBackground: boolean;
    };

/** What a master tells its worker first: the configuration as the master read it. */
export interface ToWorker {
  readonly kind: "configuration";
  readonly recording: Recording;
}

/** What a worker tells: it waits for the configuration; it serves, or why it can't. */
export type FromWorker =
  | { readonly kind: "hello" }
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly sentence: string };

/** Takes the part out of the environment. */
export function ownPart(): Part | undefined {
  const text = process.env[variable];
  delete process.env[variable];
  return text === undefined ? undefined : (JSON.parse(text) as Part);
}

export function spawnDaemon(words: readonly string[]): ChildProcess {
  const part: Part = { part: "daemon" };
  return spawnRondo("nginx", words, {
    detached: true,
    environment: () => ({ ...process.env, [variable]: JSON.stringify(part) }),
  });
}

export function spawnNewBinary(
  words: readonly string[],
  sockets: readonly (readonly [name: string, fd: number])[],
  inBackground: boolean,
): ChildProcess {
  return spawnRondo("nginx", words, {
    give: sockets.map(([, fd]) => fd),
    environment: (given) => {
      const part: Part = {
        part: "new binary",
        sockets: sockets.map(([name], at) => [name, given[at]!]),
        parent: process.pid,
        inBackground,
      };
      return { ...process.env, [variable]: JSON.stringify(part) };
    },
  });
}

/** What a worker is started with, beside the configuration. */
export interface WorkerStart {
  readonly sockets: readonly (readonly [name: string, fd: number])[];
  readonly zones: readonly GivenZone[];
  readonly number: number;
  readonly slot: number;
  /** What `env` says. */
  readonly env: readonly string[];
  readonly inBackground: boolean;
}

export function spawnWorker(
  words: readonly string[],
  { sockets, zones, env, ...rest }: WorkerStart,
): ChildProcess {
  return spawnRondo("nginx", words, {
    give: [...sockets.map(([, fd]) => fd), ...zones.map(([, , fd]) => fd)],
    environment: (given) => {
      const part: Part = {
        part: "worker",
        sockets: sockets.map(([name], at) => [name, given[at]!]),
        zones: zones.map(([id, bytes], at) => [id, bytes, given[sockets.length + at]!]),
        ...rest,
      };
      return { ...workerEnvironment(env), [variable]: JSON.stringify(part) };
    },
  });
}

/** What `env` lets through, TZ, and what Node itself is told by (ngx_set_environment). */
function workerEnvironment(said: readonly string[]): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env))
    if (name === "TZ" || name.startsWith("NODE_")) environment[name] = value;
  for (const each of said) {
    const [, name = each, value] = /^([^=]*)=(.*)$/s.exec(each) ?? [];
    environment[name] = value ?? process.env[name];
  }
  return environment;
}
