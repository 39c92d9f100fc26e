import type { HaproxyConfig } from "../../config/haproxy/model/index.js";
import { RondoError } from "../../errors.js";
import {
  Assembled,
  type AssembleOptions,
  listenerPlans,
  OfferedSockets,
  socketNeeds,
} from "../../haproxy/assemble/index.js";
import { SharedMemory } from "../../proxy/index.js";
import { callsLinux, close, duplicate, listen, resourceLimit, stopListening } from "../../sys/index.js";
import { keepObjectsYoung } from "../engine-flags.js";
import { answerMaster, tellMaster } from "./answer-master.js";
import { bindOptions } from "./bind-options.js";
import type { Messages } from "./messages.js";
import { bindBeside, tellProcesses } from "./old-processes.js";
import { oldSockets } from "./old-sockets.js";
import { PidFile } from "./pid-file.js";
import { dropPrivileges } from "./privileges.js";
import { allowCoreFiles, raiseFileLimit } from "./process-limits.js";
import type { RunSettings } from "./run-settings.js";
import { handleSignals } from "./signals.js";
import { type ThreadData, type ThreadProgram, Threads } from "./threads.js";

export interface ServeOptions {
  readonly config: HaproxyConfig;
  /** What the other threads make the same configuration of. */
  readonly sources: unknown;
  readonly settings: RunSettings;
  readonly messages: Messages;
  /** From a master: sockets that listen already. */
  readonly offered: readonly number[];
  readonly isWorker: boolean;
  /** The master has another worker, which will be told to leave. */
  readonly hasOldWorker: boolean;
  /** Of a daemon and of a worker: it accepts connections. */
  readonly onReady: () => void;
}

/** What a further thread's program is given beside its sockets. */
export interface SharedSettings {
  readonly sources: unknown;
  readonly settings: RunSettings;
  readonly startDate: number;
  readonly maxconn: number;
  readonly maxSockets: number;
  readonly fileLimit: number;
  readonly hasOldProcess: boolean;
}

/** Serves until it is told to stop; gives the exit status. What goes wrong is said. */
export async function serve(options: ServeOptions): Promise<number> {
  const { config, settings, messages } = options;
  const { global } = config;
  keepObjectsYoung();
  const startDate = Date.now();
  const plans = listenerPlans(config, settings.proxyMaxconn);
  if (plans.length === 0) {
    messages.alert("[haproxy.main()] No enabled listener found (check for 'bind' directives) ! Exiting.");
    return 1;
  }
  if (!callsLinux()) return await (await import("./serve-elsewhere.js")).serveElsewhere(options, plans);
  const threads = global.nbthread ?? defaultThreads;
  const { hard, soft } = resourceLimit("files");
  const needs = socketNeeds(config, plans.length, threads, settings.maxconn, Math.max(hard, soft));
  if (!raiseFileLimit(needs.sockets, global, messages)) return 1;

  const offered = new OfferedSockets();
  for (const fd of options.offered) offered.add(fd);
  if (!options.isWorker && settings.oldSocket !== undefined && settings.oldSocket !== "/dev/null") {
    try {
      for (const fd of oldSockets(settings.oldSocket)) offered.add(fd);
    } catch (error) {
      messages.warning((error as Error).message);
      messages.alert("Failed to get the sockets from the old process!");
      return 1;
    }
  }
  const oldPids = options.isWorker ? [] : settings.oldProcesses.pids;
  const sockets = await bindBeside(
    plans,
    offered,
    bindOptions(config, settings, messages),
    oldPids,
    messages,
  );
  if (sockets === undefined) return 1;

  let pidFile: PidFile | undefined;
  const pidPath = settings.pidFile ?? global.pidfile;
  if (pidPath !== undefined && settings.writesPid) {
    try {
      pidFile = new PidFile(pidPath);
    } catch {
      messages.alert(`[haproxy.main()] Cannot create pidfile ${pidPath}`);
      return 1;
    }
  }

  const team = new Threads(threads);
  const memory = new SharedMemory(0, threads);
  const shared: SharedSettings = {
    sources: options.sources,
    settings,
    startDate,
    maxconn: needs.maxconn,
    maxSockets: needs.sockets,
    fileLimit: resourceLimit("files").soft,
    hasOldProcess: oldPids.length > 0 || options.hasOldWorker,
  };
  /** What a new process may be given: until soft stop begins. */
  const given = new Map(sockets);
  let assembled: Assembled;
  try {
    assembled = new Assembled({
      ...assembleOptions(config, shared),
      memory,
      link: team.link,
      sockets: copies(sockets),
      report: (level, text) => messages[level](text),
      startupLogs: () => messages.startupLog.join(""),
      suspend: (index) => void stopListening(given.get(index)!),
      resume: (index) => listen(given.get(index)!, plans[index]!.backlog),
      forget: (index) => {
        const fd = given.get(index);
        if (fd === undefined) return;
        close(fd);
        given.delete(index);
        if (options.isWorker) tellMaster({ kind: "closed", listener: index });
      },
      exposed: () => new Map([...given].filter(([index]) => !("fd" in plans[index]!.bind.address))),
    });
  } catch (error) {
    if (!(error instanceof RondoError)) throw error;
    messages.alert(`config : ${error.message}`);
    return 1;
  }
  // Threads have copies of their own, which they close; with this one left the kernel would go on taking connections for nobody.
  assembled.process.onStopping(() => {
    for (const fd of given.values()) close(fd);
    given.clear();
    if (options.isWorker) tellMaster({ kind: "stopping" });
  });
  team.begin((thread) => ({
    thread,
    threads,
    pieces: memory.pieces,
    sockets: copies(sockets),
    data: shared,
  }));
  team.onLost = (thread, error) => {
    messages.alert(`thread ${thread + 1} ended: ${error?.stack ?? "no reason given"}`);
    process.exit(1);
  };
  // What is in the chroot doesn't have our code, nor the system's files of names.
  if (global.chroot !== undefined || global.uid !== undefined || global.gid !== undefined)
    await Promise.all([team.loaded(), assembled.findNames()]);
  tellProcesses(oldPids, settings.oldProcesses.signal);
  pidFile?.write(process.pid);
  if (!dropPrivileges(global, messages) || !allowCoreFiles(global, messages)) return 1;
  await assembled.start();
  messages.starting = false;
  const ended = handleSignals(assembled, team, messages);
  if (options.isWorker) answerMaster(assembled);
  options.onReady();
  await team.start();
  await ended;
  return 0;
}

/** One thread, unless nbthread says other: see docs/manual/haproxy.md. */
export const defaultThreads = 1;

export function assembleOptions(
  config: HaproxyConfig,
  shared: SharedSettings,
): Omit<
  AssembleOptions,
  "memory" | "link" | "sockets" | "report" | "startupLogs" | "exposed" | "suspend" | "resume" | "forget"
> {
  const { settings } = shared;
  return {
    config,
    startDate: shared.startDate,
    version: settings.version,
    releaseDate: settings.releaseDate,
    maxconn: shared.maxconn,
    proxyMaxconn: settings.proxyMaxconn,
    maxSockets: shared.maxSockets,
    fileLimit: shared.fileLimit,
    verifyServers: settings.verifyServers,
    localPeer: config.global.localPeer ?? process.env["HAPROXY_LOCALPEER"] ?? "",
    hasOldProcess: shared.hasOldProcess,
  };
}

/** The process keeps its own descriptors: for the process after it, and for when it is to listen again. */
const copies = (sockets: ReadonlyMap<number, number>): Map<number, number> =>
  new Map([...sockets].map(([index, fd]) => [index, duplicate(fd)]));

/** What a further thread runs. */
export function furtherThread(
  read: (sources: unknown) => Promise<HaproxyConfig>,
  write: (text: string) => void,
): ThreadProgram {
  let assembled: Assembled;
  return {
    async load(data: ThreadData, link) {
      const shared = data.data as SharedSettings;
      const config = await read(shared.sources);
      assembled = new Assembled({
        ...assembleOptions(config, shared),
        memory: new SharedMemory(data.thread, data.threads, data.pieces),
        link,
        sockets: data.sockets,
        report: (level, text) => write(`[${level.toUpperCase()}] (${process.pid}) : ${text}\n`),
        startupLogs: () => "",
      });
      link.on("signal", (what) => {
        if (what === "soft-stop") assembled.departure.softStop();
        else if (what === "pause") assembled.departure.pauseAll();
        else assembled.departure.resumeAll();
      });
    },
    start: () => assembled.start(),
  };
}
