import { hostname } from "node:os";
import type { HaproxyConfig } from "../config/haproxy/model/index.js";
import { haproxyRelease, haproxyReleaseDate } from "../config/haproxy/program.js";
import {
  bindOptions,
  daemonise,
  detach,
  inheritedSockets,
  leaveTerminal,
  Master,
  type Messages,
  oldSockets,
  openMasterSockets,
  ownPart,
  PidFile,
  type RunSettings,
} from "../daemon/haproxy/index.js";
import { RondoError } from "../errors.js";
import { callsLinux } from "../sys/index.js";
import { loadConfig } from "./haproxy-config.js";
import type { HaproxyWords } from "./haproxy-words.js";

/** Checks, or runs until it is told to stop. The exit status. */
export async function runHaproxy(
  words: HaproxyWords,
  argv: readonly string[],
  messages: Messages,
): Promise<number> {
  const part = ownPart();
  const inherited = inheritedSockets();
  messages.mode.quiet = words.quiet;
  messages.mode.verbose = words.verbose;
  if (words.folder !== undefined && part === undefined) {
    try {
      process.chdir(words.folder);
    } catch (error) {
      messages.alert(`Could not change to directory ${words.folder} : ${(error as Error).message}`);
      return 1;
    }
  }
  process.env["HAPROXY_LOCALPEER"] = words.localPeer ?? hostname().split(".")[0]!;
  if (words.masterWorker) process.env["HAPROXY_MWORKER"] = "1";
  const runs = !words.check;
  // The name that pidof, killall and keepalived's track_process look for.
  if (runs) process.title = "haproxy";
  // The daemon reads the files, and says what is wrong with them; this process only waits for it.
  if (runs && words.daemon && part === undefined) return await daemonise(argv, messages);

  const loaded = await loadConfig(words, messages);
  if (loaded === undefined) return 1;
  const { config } = loaded;
  if (config.global.quiet && !words.debug && !words.foreground) messages.mode.quiet = true;
  if ((words.zeroWarning || config.global.zeroWarning) && messages.warned) {
    messages.alert("Some warnings were found and 'zero-warning' is set. Aborting.");
    return 1;
  }
  if (words.check) return await (await import("./haproxy-check.js")).checkHaproxy(config, words, messages);
  const { global } = config;
  const inBackground = part?.part === "daemon";
  if (global.daemon && !words.debug && !words.foreground && part === undefined)
    return await daemonise(argv, messages);

  const isMaster = (words.masterWorker || global.masterWorker) && part?.part !== "worker";
  if (isMaster && !callsLinux()) {
    messages.alert("[haproxy.main()] A master with workers needs Linux.");
    return 1;
  }
  const settings = settingsOf(words, inBackground);
  const ready = () => {
    if (part?.part === "worker") {
      process.send?.({ kind: "ready" });
      if (part.detach) leaveTerminal(messages);
    } else if (inBackground) detach(messages);
    else if (words.quiet) leaveTerminal(messages);
  };
  if (isMaster)
    return await runMaster({ words, argv, config, messages, settings, inherited, inBackground, ready });
  if (part?.part === "worker") {
    // Without its master nobody would replace it, or could ask it.
    process.on("disconnect", () => process.exit(1));
    if (!process.connected) return 1;
  }
  const { serve } = await import("../daemon/haproxy/serve.js");
  const status = await serve({
    config,
    sources: loaded.sources,
    settings,
    messages,
    offered: part?.part === "worker" ? part.sockets : [],
    isWorker: part?.part === "worker",
    hasOldWorker: part?.part === "worker" && part.number > 0,
    onReady: ready,
  }).catch((error: Error) => {
    // What has begun to listen would go on.
    messages.alert(error instanceof RondoError ? error.message : String(error.stack ?? error));
    return 1;
  });
  process.exit(status);
}

function settingsOf(words: HaproxyWords, writesPid: boolean): RunSettings {
  return {
    name: "haproxy",
    version: haproxyRelease,
    releaseDate: haproxyReleaseDate,
    pidFile: words.pidFile,
    writesPid,
    maxconn: words.maxconn,
    proxyMaxconn: words.proxyMaxconn,
    memoryMegabytes: words.memory,
    reusePort: !words.noReusePort,
    verifyServers: !words.noServerVerify,
    ignoreUnresolved: words.ignoreUnresolved,
    oldSocket: words.oldSocket,
    oldProcesses: words.oldProcesses,
  };
}

interface MasterRun {
  readonly words: HaproxyWords;
  readonly argv: readonly string[];
  readonly config: HaproxyConfig;
  readonly messages: Messages;
  readonly settings: RunSettings;
  readonly inherited: readonly number[];
  readonly inBackground: boolean;
  readonly ready: () => void;
}

async function runMaster(run: MasterRun): Promise<number> {
  const { words, argv, config, messages, settings, inherited } = run;
  let old: readonly number[] = [];
  if (settings.oldSocket !== undefined && settings.oldSocket !== "/dev/null") {
    try {
      old = oldSockets(settings.oldSocket);
    } catch (error) {
      messages.warning((error as Error).message);
      messages.alert("Failed to get the sockets from the old process!");
    }
  }
  let pidFile: PidFile | undefined;
  const pidPath = settings.pidFile ?? config.global.pidfile;
  const master = new Master({
    words: argv,
    load: async () => (await loadConfig(words, messages))?.config,
    first: config,
    messages,
    version: settings.version,
    bind: bindOptions(config, settings, messages),
    proxyMaxconn: settings.proxyMaxconn,
    systemd: words.systemd,
    daemon: run.inBackground,
    oldSockets: old,
    oldProcesses: settings.oldProcesses,
    inherited,
    onBound: () => {
      if (pidPath === undefined) return true;
      try {
        pidFile = new PidFile(pidPath);
      } catch {
        messages.alert(`[haproxy.main()] Cannot create pidfile ${pidPath}`);
        return false;
      }
      return true;
    },
    openSockets: (master) =>
      openMasterSockets(words.masterSockets, master, bindOptions(config, settings, messages), messages),
  });
  process.on("SIGTERM", () => master.stop("SIGTERM"));
  process.on("SIGINT", () => master.stop("SIGINT"));
  process.on("SIGUSR1", () => master.stop("SIGUSR1"));
  process.on("SIGUSR2", () => void master.reload());
  process.on("SIGHUP", () => void master.reload());
  process.on("SIGTTIN", () => master.broadcast("SIGTTIN"));
  process.on("SIGTTOU", () => master.broadcast("SIGTTOU"));
  if (!(await master.start())) {
    // A worker that ended has been told of; without one there is none to wait for.
    const status = master.state.children.length > 0 ? await master.ended : 1;
    process.exit(status === 0 ? 1 : status);
  }
  pidFile?.write(process.pid);
  run.ready();
  process.exit(await master.ended);
}
