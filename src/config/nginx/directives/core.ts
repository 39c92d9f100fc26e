import { type ErrorLog, readErrorLog } from "../readers/error-log.js";
import {
  readAffinity,
  readModule,
  readPriority,
  readUser,
  readWorkerProcesses,
  type User,
} from "../readers/process.js";
import { addWord, readEnv } from "../readers/words.js";
import { choice, custom, flag, many, milliseconds, number, offset, text } from "./builders.js";
import { main } from "./contexts.js";
import { debug, modules, node, threads } from "./notes.js";

// nginx, ngx_log, ngx_regex, ngx_thread_pool.
export const daemon = flag("daemon", main, true);
export const masterProcess = flag("master_process", main, true);
export const timerResolution = milliseconds("timer_resolution", main, 0, node);
export const pid = text("pid", main);
export const lockFile = text("lock_file", main, undefined, node);
export const workerProcesses = custom<number | "auto" | undefined>(
  "worker_processes",
  main,
  [1, 1],
  undefined,
  readWorkerProcesses,
);
export const debugPoints = choice("debug_points", main, "stop", ["stop", "abort"], debug);
export const user = custom<User | undefined>("user", main, [1, 2], undefined, readUser);
export const workerPriority = custom<number | undefined>(
  "worker_priority",
  main,
  [1, 1],
  undefined,
  readPriority,
);
export const workerCpuAffinity = custom<readonly string[] | undefined>(
  "worker_cpu_affinity",
  main,
  [1, many],
  undefined,
  readAffinity,
);
export const workerRlimitNofile = number("worker_rlimit_nofile", main, 0);
export const workerRlimitCore = offset("worker_rlimit_core", main, 0);
export const workerShutdownTimeout = milliseconds("worker_shutdown_timeout", main, 0);
export const workingDirectory = text("working_directory", main);
export const env = custom<readonly string[]>("env", main, [1, 1], [], readEnv);
export const loadModule = custom<readonly string[]>("load_module", main, [1, 1], [], readModule, modules);
export const errorLog = custom<readonly ErrorLog[]>("error_log", main, [1, many], [], readErrorLog);
export const pcreJit = flag("pcre_jit", main, false, node);
export const threadPool = custom<readonly string[]>("thread_pool", main, [2, 3], [], addWord, threads);
