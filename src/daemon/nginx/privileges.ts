import { cpus as osCpus, setPriority } from "node:os";
import { errnoText, SystemError, setProcessCpus, setResourceLimit } from "../../sys/index.js";
import { cpusOf } from "./affinity.js";
import { reasonOf, StartFailure } from "./failure.js";
import type { Journal } from "./journal.js";
import type { MainSettings } from "./main-settings.js";

/**
 * What a worker is before it serves: priority, limits, user, folder (ngx_worker_process_init). All that only root may open is open.
 * @throws StartFailure where it mustn't go on
 */
export function becomeWorker(settings: MainSettings, journal: Journal, worker: number): void {
  const { fileLimit, coreLimit, priority, user, workingDirectory } = settings;
  if (priority !== 0) attempt(journal, `setpriority(${priority})`, () => setPriority(priority));
  if (fileLimit > 0)
    attempt(journal, `setrlimit(RLIMIT_NOFILE, ${fileLimit})`, () =>
      setResourceLimit("files", { soft: fileLimit, hard: fileLimit }),
    );
  if (coreLimit > 0)
    attempt(journal, `setrlimit(RLIMIT_CORE, ${coreLimit})`, () =>
      setResourceLimit("core", { soft: coreLimit, hard: coreLimit }),
    );
  const cpus = cpusOf(settings.affinity, worker, osCpus().length);
  if (cpus !== undefined) {
    for (const cpu of cpus) journal.notice(`sched_setaffinity(): using cpu #${cpu}`);
    attempt(journal, "sched_setaffinity()", () => setProcessCpus(cpus));
  }
  if (user !== undefined) {
    needed(`setgid(${user.gid})`, () => process.setgid!(user.gid));
    attempt(journal, `initgroups(${user.name}, ${user.gid})`, () => posix.initgroups(user.name, user.gid));
    needed(`setuid(${user.uid})`, () => process.setuid!(user.uid));
  }
  if (workingDirectory !== undefined)
    needed(`chdir("${workingDirectory}")`, () => process.chdir(workingDirectory));
}

/** Node has it, its types don't. */
const posix = process as unknown as { initgroups(user: string, group: number): void };

function attempt(journal: Journal, what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    journal.write("alert", `${what} failed (${reason(error)})`);
  }
}

function needed(what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new StartFailure(`${what} failed (${reason(error)})`);
  }
}

const reason = (error: unknown) =>
  error instanceof SystemError ? `${error.errno}: ${errnoText(error.errno)}` : reasonOf(error);
