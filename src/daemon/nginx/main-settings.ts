import { availableParallelism } from "node:os";
import * as core from "../../config/nginx/directives/core.js";
import { workerConnections } from "../../config/nginx/directives/events.js";
import type { Block } from "../../config/nginx/index.js";
import { defaultPrefix } from "../../config/nginx/read-config.js";
import type { ErrorLog } from "../../config/nginx/readers/error-log.js";
import type { NginxWorld } from "../../config/nginx/reading.js";
import { mostSlots } from "../../nginx/zones/zone-store.js";
import { StartFailure } from "./failure.js";

/** Those of another configuration may still be shutting down. */
const mostWorkers = mostSlots / 4;

/** A user that workers become, by name and numbers. */
export interface WorkerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** What directives of the main block say of processes. */
export interface MainSettings {
  readonly daemon: boolean;
  readonly masterProcess: boolean;
  readonly pidPath: string;
  /** undefined: they stay who they are. */
  readonly user: WorkerUser | undefined;
  readonly workers: number;
  /** Of HTTP's clients, in each worker. */
  readonly connections: number;
  readonly errorLogs: readonly ErrorLog[];
  /** `env`: "NAME" or "NAME=VALUE". */
  readonly env: readonly string[];
  /** 0: as it is. */
  readonly fileLimit: number;
  /** Bytes of a core dump; 0: as it is. */
  readonly coreLimit: number;
  /** The words of `worker_cpu_affinity`. */
  readonly affinity: readonly string[] | undefined;
  readonly priority: number;
  /** How long connections have after QUIT; 0: as long as they need. */
  readonly shutdownTimeoutMs: number;
  readonly workingDirectory: string | undefined;
}

/** @param root - whether the process is root's: only then workers change their user, to "nobody" if none is said */
export function mainSettings(main: Block, prefix: string, world: NginxWorld, root: boolean): MainSettings {
  const whole = (path: string) => (path.startsWith("/") ? path : `${prefix}${path}`);
  return {
    daemon: main.value(core.daemon),
    masterProcess: main.value(core.masterProcess),
    pidPath: whole(main.value(core.pid) ?? (prefix === defaultPrefix ? "/run/nginx.pid" : "nginx.pid")),
    user: root ? userOf(main, world) : undefined,
    workers: main.value(core.masterProcess) ? workersOf(main) : 1,
    connections: (main.all("events")[0] ?? main).value(workerConnections),
    errorLogs: main.value(core.errorLog),
    env: main.value(core.env),
    fileLimit: main.value(core.workerRlimitNofile),
    coreLimit: main.value(core.workerRlimitCore),
    affinity: main.value(core.workerCpuAffinity),
    priority: main.value(core.workerPriority) ?? 0,
    shutdownTimeoutMs: main.value(core.workerShutdownTimeout),
    workingDirectory: main.value(core.workingDirectory),
  };
}

/** "auto": as many as there are CPUs that this process may run on. */
function workersOf(main: Block): number {
  const said = main.value(core.workerProcesses) ?? 1;
  const workers = said === "auto" ? availableParallelism() : said;
  if (workers > mostWorkers)
    throw new StartFailure(
      `worker_processes ${workers}: there can be ${mostWorkers} at most`,
      "configuration",
    );
  return workers;
}

/** nginx is built with a user of its own; without `user` Debian's runs as "nobody" (NGX_USER, ngx_core_module_init_conf). */
function userOf(main: Block, world: NginxWorld): WorkerUser | undefined {
  const said = main.value(core.user);
  const name = said?.name ?? "nobody";
  const uid = world.user(name);
  const gid = world.group(said?.group ?? "nogroup") ?? world.group(name);
  return uid === undefined || gid === undefined ? undefined : { name, uid, gid };
}
