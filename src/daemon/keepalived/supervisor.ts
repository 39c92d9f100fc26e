import { closeSync, openSync, rmSync } from "node:fs";
import type { KeepalivedConfig, ScriptCommand } from "../../config/keepalived/model/index.js";
import { type Log, RondoError } from "../../errors.js";
import { replaceFile, runScript, scriptFault } from "../../sys/index.js";
import { Systemd } from "../systemd.js";
import { Board } from "./board.js";
import { Crew, type CrewOptions } from "./crew.js";
import { Follower, Mailer, userOf } from "./follow/index.js";
import type { DaemonLog } from "./log/daemon-log.js";
import type { WorkerConfig } from "./messages.js";
import { isFor } from "./news.js";
import { PidFiles, type PidPaths } from "./pid-files.js";
import { ReloadTimer } from "./reload-timer.js";
import type { RoleEvent, RoleName, RoleOptions } from "./role.js";
import type { RoleStatuses } from "./status.js";
import { type RoleChoice, wantedRoles } from "./wanted-roles.js";

/** A configuration as it was read. */
export interface ReadConfig {
  readonly config: KeepalivedConfig;
  /** What workers make the same configuration of. */
  readonly sources: unknown;
  /** Sentences of what is wrong with it: it is not run with, unless `lenient`. */
  readonly errors: readonly string[];
  /** Sentences of what may be meant otherwise. */
  readonly warnings: readonly string[];
}

export interface SupervisorOptions {
  readonly file: string;
  /** Reads the configuration. @throws RondoError if there is nothing to read */
  readonly read: () => ReadConfig;
  /** What `read` gave before the supervisor was made. */
  readonly first: ReadConfig;
  /** Runs with a file that has errors. */
  readonly lenient: boolean;
  readonly choice: RoleChoice;
  readonly roleOptions: RoleOptions;
  readonly respawn: boolean;
  /** The namespace of the command line, which stands before the configuration's. */
  readonly namespace: string | undefined;
  readonly pidPaths: PidPaths;
  readonly launch: CrewOptions["launch"];
  readonly log: DaemonLog;
  readonly version: string;
}

const childNames: Readonly<Record<RoleName, string>> = { vrrp: "VRRP", checker: "Healthcheck", bfd: "BFD" };

/** Keepalived's parent process: configuration, workers, and what follows from what they tell. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #log: Log;
  readonly #crew: Crew;
  readonly board = new Board();
  readonly mailer: Mailer;
  readonly #follower: Follower;
  readonly #pids: PidFiles;
  readonly #systemd = new Systemd();
  readonly #reloadTimer: ReloadTimer;
  #read: ReadConfig;
  #reloading: Promise<void> | undefined;
  #reloadAgain = false;
  #starting: Promise<void> | undefined;
  readonly #startup = new AbortController();
  #stopping: Promise<number> | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #ended!: (status: number) => void;
  /** Settled with the exit status when all has been stopped. */
  readonly ended: Promise<number> = new Promise((resolve) => {
    this.#ended = resolve;
  });
  readonly startedAt = Date.now();
  reloads = { done: 0, refused: 0 };
  /** What was wrong with the file at the last reload that was refused. */
  lastRefusal: readonly string[] = [];

  /** @throws RondoError "already-running" */
  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#log = options.log.of(undefined);
    this.#read = options.first;
    const roles = (["vrrp", "checker", "bfd"] as const).filter((role) => options.choice[role]);
    this.#pids = PidFiles.take(options.pidPaths, roles, this.#log);
    this.mailer = new Mailer(this.#log);
    this.#follower = new Follower(this.config, runScript, this.mailer, this.#log);
    this.#reloadTimer = new ReloadTimer(this.#log, () => void this.reload());
    this.#crew = new Crew({
      launch: options.launch,
      now: () => performance.now(),
      respawn: options.respawn,
      isFor: (role, news) => isFor(role, news, this.config),
      on: {
        log: (role, pid, level, message) =>
          options.log.write(role, role === undefined ? process.pid : pid, level, message),
        event: (_, event) => this.#heard(event),
        process: (role, pid) => this.#processOf(role, pid),
        lost: (role, why) => {
          if (this.#stopping) return;
          this.#log.error(`${childNames[role]} child process: ${why}. Terminating`);
          void this.stop(1);
        },
      },
    });
  }

  get config(): KeepalivedConfig {
    return this.#read.config;
  }

  get crew(): Crew {
    return this.#crew;
  }

  get follower(): Follower {
    return this.#follower;
  }

  get file(): string {
    return this.#options.file;
  }

  get pidFile(): string {
    return this.#pids.paths.main;
  }

  /** Begins; settled when every part has started. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    const { startupScript } = this.config.global;
    if (startupScript)
      await this.#script("startup script", startupScript, startupScript.timeout, this.#startup.signal);
    if (this.#stopping) return;
    const roles = wantedRoles(this.config, this.#options.choice);
    if (roles.length === 0) this.#log.warn("Warning - keepalived has no configuration to run");
    await this.#crew.start(roles, this.#workerConfig(roles));
    if (this.#stopping) return;
    this.#reloadTimer.watch(this.config.global);
    this.#log.info("Startup complete");
    this.#systemd.ready(this.#summary());
    if (this.#systemd.watchdog !== undefined)
      this.#watchdog = setInterval(() => {
        if (this.#crew.isWell) this.#systemd.alive();
      }, this.#systemd.watchdog);
  }

  /**
   * Reads the files again and goes over to them; a file with errors changes nothing. One that comes meanwhile is done afterwards, and
   * one that comes while all begins when it has begun: parts would be begun twice.
   */
  reload(): Promise<void> {
    if (this.#stopping) return Promise.resolve();
    if (this.#reloading) {
      this.#reloadAgain = true;
      return this.#reloading;
    }
    this.#reloading = this.#reloadUntilDone().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  /** Ends in order: workers, what follows from that, the shutdown script. */
  stop(status = 0): Promise<number> {
    this.#stopping ??= this.#stop(status);
    return this.#stopping;
  }

  /** What each role says of itself. */
  async statuses(): Promise<RoleStatuses> {
    const [vrrp, checker, bfd] = await Promise.all(
      (["vrrp", "checker", "bfd"] as const).map((role) => this.#crew.status(role)),
    );
    return {
      ...(vrrp !== undefined && { vrrp: vrrp as NonNullable<RoleStatuses["vrrp"]> }),
      ...(checker !== undefined && { checker: checker as NonNullable<RoleStatuses["checker"]> }),
      ...(bfd !== undefined && { bfd: bfd as NonNullable<RoleStatuses["bfd"]> }),
    };
  }

  #workerConfig(roles: readonly RoleName[]): WorkerConfig {
    return { sources: this.#read.sources, options: this.#options.roleOptions, roles };
  }

  #heard(event: RoleEvent): void {
    this.board.note(event, Date.now());
    this.#follower.follow(event);
    if (event.kind === "instance") this.#systemd.status(this.#summary());
  }

  /** One line for `systemctl status`. */
  #summary(): string {
    const states = [...this.board.instances].map(([name, { state }]) => `${name} ${state}`);
    const down = [...this.board.servers.values()].filter(({ state }) => state === "DOWN").length;
    return [...states.slice(0, 5), ...(down > 0 ? [`${down} servers down`] : [])].join(", ") || "Running";
  }

  #processOf(role: RoleName, pid: number | undefined): void {
    try {
      if (pid === undefined) this.#pids.remove(role);
      else {
        this.#log.info(`Starting ${childNames[role]} child process, pid=${pid}`);
        this.#pids.write(role, pid);
      }
    } catch (error) {
      this.#log.error((error as Error).message);
    }
  }

  async #reloadUntilDone(): Promise<void> {
    await this.start();
    if (this.#stopping) return;
    do {
      this.#reloadAgain = false;
      await this.#reloadOnce();
    } while (this.#reloadAgain && !this.#stopping);
  }

  async #reloadOnce(): Promise<void> {
    this.#log.info("Reloading ...");
    this.#systemd.reloading();
    let refusals: readonly string[];
    try {
      refusals = await this.#tryReload();
    } catch (error) {
      // A mistake of ours is no reason to stop what runs.
      refusals = [error instanceof RondoError ? error.message : String((error as Error).stack)];
    }
    if (refusals.length > 0) {
      this.reloads.refused++;
      for (const line of refusals) this.#log.error(line);
      this.#log.error("Reload refused: the configuration that was running stays in force");
    } else {
      this.reloads.done++;
      this.#log.info("Reload complete");
    }
    this.lastRefusal = refusals;
    this.#systemd.ready(refusals.length > 0 ? `Reload refused: ${refusals[0]}` : this.#summary());
  }

  async #tryReload(): Promise<readonly string[]> {
    const before = this.config.global;
    let read: ReadConfig;
    const { reloadFile } = before;
    try {
      if (reloadFile !== undefined) touch(reloadFile, this.#log);
      read = this.#options.read();
    } finally {
      if (reloadFile !== undefined) rmSync(reloadFile, { force: true });
    }
    this.#keepFindings(before.reloadCheckConfig?.logFile, [...read.errors, ...read.warnings]);
    for (const line of read.warnings) this.#log.warn(line);
    if (read.errors.length > 0 && !this.#options.lenient) return read.errors;
    for (const line of read.errors) this.#log.warn(line);
    const { global } = read.config;
    const fixed = [
      ["netNamespace", "network namespace"],
      ["netNamespaceIpvs", "IPVS network namespace"],
      ["instanceName", "instance name"],
    ] as const;
    const changed = fixed.filter(
      ([name]) => before[name] !== global[name] && !(name === "netNamespace" && this.#options.namespace),
    );
    if (changed.length > 0)
      return changed.map(([, what]) => `Cannot change ${what} at a reload - please restart keepalived`);
    this.#read = read;
    await this.#follower.reload(read.config);
    const roles = wantedRoles(read.config, this.#options.choice);
    const failures = await this.#crew.reload(roles, this.#workerConfig(roles));
    // They have this configuration, as far as they could: a worker that begins anew is given it whole.
    for (const failure of failures) this.#log.error(`Reload: ${failure}`);
    this.#reloadTimer.watch(global);
    return [];
  }

  /** reload_check_config: what was found is in a file, too; an empty one if there was nothing. */
  #keepFindings(path: string | undefined, findings: readonly string[]): void {
    if (path === undefined) return;
    try {
      replaceFile(path, findings.map((line) => `${line}\n`).join(""), { mode: 0o644 });
    } catch (error) {
      this.#log.warn(`${path} can't be written: ${(error as Error).message}`);
    }
  }

  async #stop(status: number): Promise<number> {
    this.#log.info("Stopping");
    this.#systemd.stopping();
    this.#startup.abort();
    clearInterval(this.#watchdog);
    this.#reloadTimer.close();
    const { childWaitTime, shutdownScript } = this.config.global;
    await this.#crew.stop(childWaitTime);
    await this.#follower.close(childWaitTime);
    if (shutdownScript) await this.#script("shutdown script", shutdownScript, shutdownScript.timeout);
    this.#pids.close();
    this.#log.info(`Stopped ${this.#options.version}`);
    this.#systemd.close();
    this.#ended(status);
    return status;
  }

  async #script(what: string, command: ScriptCommand, timeout: number, signal?: AbortSignal): Promise<void> {
    const { global } = this.config;
    const user = userOf(command, global);
    const fault = scriptFault(command.argv[0], user);
    if (fault && (fault.kind !== "unsafe" || global.scriptSecurity)) {
      this.#log.error(`${fault.message} - ${what} not run`);
      return;
    }
    this.#log.debug(`Running ${what} ${command.argv[0]}`);
    const result = await runScript(
      { argv: command.argv, user },
      { timeout, killAfter: 2000, ...(signal && { signal }) },
    );
    if (result.missing !== undefined) this.#log.error(result.missing);
    else if (signal?.aborted) this.#log.info(`${what} ended: it is to stop`);
    else if (result.timedOut) this.#log.warn(`${what} timed out`);
    else if (result.status === 0) this.#log.debug(`${what} succeeded`);
    else this.#log.warn(`${what} script failed, status ${result.status ?? result.killedBy}`);
  }
}

/** Makes an empty file, as a sign that configuration files are being read. */
function touch(path: string, log: Log): void {
  const umask = process.umask(0o022);
  try {
    closeSync(openSync(path, "w", 0o644));
  } catch (error) {
    log.warn(`Failed to create reload file (${path}): ${(error as Error).message}`);
  } finally {
    process.umask(umask);
  }
}
