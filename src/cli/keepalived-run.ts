import { fork } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import {
  DaemonLog,
  dataDumps,
  dump,
  launchWorker,
  onSignals,
  openControl,
  orphansGone,
  pidPaths,
  processSettings,
  type ReadConfig,
  Supervisor,
} from "../daemon/keepalived/index.js";
import { type Log, RondoError } from "../errors.js";
import { rondoPath } from "../package-root.js";
import { enterNetworkNamespace, needRoot, openFile, replaceProcess } from "../sys/index.js";
import { readConfiguration } from "./keepalived-config.js";
import type { KeepalivedSettings } from "./keepalived-settings.js";
import { keepalivedVersion } from "./keepalived-version.js";

/** Says to ourselves, begun again, that we are in the network namespace already; and that we are the daemon. */
const inNamespace = "RONDO_KEEPALIVED_NAMESPACE";
const isDaemon = "RONDO_KEEPALIVED_DAEMON";

/** Runs keepalived until it is told to stop: in the foreground, or as a daemon that has begun when this returns. */
export async function runKeepalived(settings: KeepalivedSettings, words: readonly string[]): Promise<number> {
  needRoot("keepalived sends VRRP, sets addresses and rules the director: only root may.");
  process.umask(settings.umask ?? 0o077);
  const daemon = process.env[isDaemon] !== undefined;
  const log = new DaemonLog({
    console: settings.console && (settings.foreground || !daemon),
    detail: settings.detail,
    noSyslog: settings.noSyslog,
    facility: settings.facility,
    ...(settings.logFile !== undefined && { file: settings.logFile }),
    ...(settings.syslogSocket !== undefined && { socket: settings.syslogSocket }),
    write: toStandardError,
  });
  const main = log.of(undefined);
  // Of a daemon this process only starts the next one, which says all.
  const quiet = !settings.foreground && !daemon;
  const read = () => readConfiguration(settings, process.env[inNamespace]);
  const first = firstRead(read, settings, main);
  const { global } = first.config;

  const namespace = settings.namespace ?? global.netNamespace;
  if (namespace !== undefined && process.env[inNamespace] !== namespace) beginInNamespace(namespace, words);
  if (quiet) return await daemonise(words);

  log.name(namespace, global.instanceName);
  main.info(`Starting ${keepalivedVersion}`);
  for (const line of [...first.errors, ...first.warnings]) main.warn(line);
  for (const note of settings.notes) main.warn(note);
  if (settings.umask === undefined && global.umask !== undefined) process.umask(global.umask);
  for (const refusal of processSettings("main", first.config)) main.warn(refusal);
  if (settings.dumpConfig) for (const { text } of dataDumps(first.config, {})) main.info(text);
  const paths = pidPaths({
    given: settings.pids,
    namespace,
    instance: global.instanceName,
    useFolder: global.usePidDir,
  });
  await orphansGone(paths, main);
  const supervisor = new Supervisor({
    file: settings.file,
    read,
    first,
    lenient: settings.lenient,
    choice: settings.choice,
    roleOptions: {
      keepVips: settings.keepVips,
      keepServices: settings.keepServices,
      logAddresses: settings.logAddresses,
      detail: settings.detail,
    },
    respawn: settings.respawn,
    namespace: settings.namespace,
    pidPaths: paths,
    launch: () => launchWorker(rondoPath, ["keepalived", "--worker"], { silent: daemon }),
    log,
    version: keepalivedVersion,
  });
  const crash = (error: unknown) => {
    main.error(`crash: ${(error as Error)?.stack ?? error}`);
    process.exit(70); // EX_SOFTWARE, as the real one; the workers stop in order.
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  const signals = onSignals((name) => {
    if (name === "STOP") void supervisor.stop();
    else if (name === "RELOAD") void supervisor.reload();
    else
      void dump(supervisor, name).then(
        (paths) => main.info(`Written: ${paths.join(", ")}`),
        (error: Error) => main.error(`The dump can't be written: ${error.message}`),
      );
  });
  let control: { close(): void } | undefined;
  let status: number;
  try {
    control = await openControl(supervisor).catch((error: Error) => {
      main.warn(`Nobody can ask it: ${error.message}`);
      return undefined;
    });
    await supervisor.start();
    if (daemon) letGo();
    status = await supervisor.ended;
  } finally {
    control?.close();
    signals();
    log.close();
  }
  // A mail server that does not answer would have us wait for it.
  process.exit(status);
}

/** @throws RondoError "configuration" with the exit status of the real one's -t */
function firstRead(
  read: () => ReadConfig & { readonly exitStatus: number; readonly isUnreadable: boolean },
  { lenient, file, console }: KeepalivedSettings,
  log: Log,
): ReadConfig {
  const first = read();
  if (first.errors.length > 0 && !lenient) {
    // On the console the error that is thrown says the same.
    if (!console) for (const line of first.errors) log.error(line);
    throw new RondoError(
      "configuration",
      `${file} has errors:\n${first.errors.map((line) => `  ${line}`).join("\n")}`,
      {
        exitStatus: first.exitStatus,
        remedy: first.isUnreadable
          ? "Say which file to read: -f FILE."
          : "Mend them (`rondo keepalived -t --fix` can do what is plain), or start it all the same by --lenient.",
      },
    );
  }
  return first;
}

/**
 * Begins this program again within a network namespace: only so all of its threads are in it. Returns only by throwing.
 */
function beginInNamespace(name: string, words: readonly string[]): never {
  let fd: number;
  try {
    fd = openFile(name.includes("/") ? name : `/run/netns/${name}`);
  } catch (error) {
    throw new RondoError(
      "no-namespace",
      `Unable to set network namespace ${name} - there is none of this name`,
      {
        remedy: `Make it: ip netns add ${name}`,
        cause: error,
      },
    );
  }
  enterNetworkNamespace(fd);
  return replaceProcess(
    process.execPath,
    [process.execPath, ...process.execArgv, rondoPath, "keepalived", ...words],
    { ...process.env, [inNamespace]: name },
  );
}

/** Starts the daemon, a process of a session of its own, and waits until it runs, or has said why not. */
function daemonise(words: readonly string[]): Promise<number> {
  const child = fork(rondoPath, ["keepalived", ...words], {
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: { ...process.env, [isDaemon]: "1" },
  });
  return new Promise((resolve) => {
    child.once("error", () => resolve(1));
    child.once("exit", (status, signal) => {
      if (status === 1 || signal !== null)
        toStandardError(`keepalived could not begin (${signal ?? `status ${status}`}): its log says more\n`);
      resolve(status ?? 1);
    });
    child.once("message", () => {
      child.disconnect();
      child.unref();
      resolve(0);
    });
  });
}

/** It runs: who started it may go on, and nothing of ours holds its terminal any more. */
function letGo(): void {
  process.send?.("running");
  process.once("disconnect", () => {});
  for (const fd of [1, 2]) {
    closeSync(fd);
    openSync("/dev/null", "w"); // It takes the lowest number that is free.
  }
}

/** Straight to the descriptor: a terminal that is gone, or a full pipe, is no reason to fail. */
function toStandardError(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads it.
  }
}
