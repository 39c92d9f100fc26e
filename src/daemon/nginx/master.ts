import { Crew } from "./crew.js";
import { dropGeneration, type Generation, leaveGeneration, newGeneration } from "./generation.js";
import type { Journal } from "./journal.js";
import { oldPidPath, startNewBinary } from "./new-binary.js";
import { removePidFile, writePidFile } from "./pid-file.js";
import type { NginxOptions } from "./prepare.js";

/** Milliseconds after which a worker that was told to stop is killed (ngx_master_process_cycle). */
const mercyMs = 1000;

export interface MasterOptions {
  readonly words: readonly string[];
  readonly options: NginxOptions;
  readonly journal: Journal;
  readonly first: Generation;
  readonly inBackground: boolean;
  /** The old master's number, of a process that was started by USR2. */
  readonly oldMaster?: number | undefined;
}

/**
 * The process that never serves: it holds the sockets, and has workers serve them. A reload starts new workers; when those
 * serve the old ones finish what they have. A reload that fails leaves everything as it is.
 */
export class Master {
  readonly #options: MasterOptions;
  readonly #journal: Journal;
  readonly #crew: Crew;
  #generation: Generation;
  #stopping = false;
  /** WINCH: no worker is started until a reload. */
  #idle = false;
  #reloading: Promise<void> | undefined;
  #reloadAgain = false;
  /** USR2: another master runs beside this one. */
  #hasNewBinary = false;
  #ended!: () => void;
  readonly ended: Promise<void> = new Promise((resolve) => {
    this.#ended = resolve;
  });

  constructor(options: MasterOptions) {
    this.#options = options;
    this.#journal = options.journal;
    this.#generation = options.first;
    const { words, journal, inBackground } = options;
    this.#crew = new Crew({
      ...{ words, journal, inBackground },
      respawns: () => !this.#stopping && !this.#idle,
      onLeft: () => this.#checkEnd(),
    });
  }

  get generation(): Generation {
    return this.#generation;
  }

  /** Starts the first workers; false: they can't serve, which was told. */
  start(): Promise<boolean> {
    return this.#crew.start(this.#generation);
  }

  /** Goes over to what the file says now. A further one that comes meanwhile is done afterwards. */
  reload(): void {
    if (this.#stopping) return;
    if (this.#hasNewBinary && this.#idle) {
      this.#goOn();
      return;
    }
    this.#reloadAgain = true;
    this.#reloading ??= (async () => {
      while (this.#reloadAgain && !this.#stopping) {
        this.#reloadAgain = false;
        await this.#reloadOnce().catch((error: Error) => {
          // A mistake of ours is no reason to stop what runs.
          this.#journal.write("alert", String(error.stack ?? error));
        });
      }
    })().finally(() => {
      this.#reloading = undefined;
      this.#checkEnd();
    });
  }

  reopen(): void {
    this.#journal.notice("reopening logs");
    const { files, settings } = this.#generation.prepared;
    files.reopen(settings.user?.uid, (sentence) => this.#journal.write("emerg", sentence));
    this.#crew.kill("SIGUSR1");
  }

  /** Workers finish what they have, then this process ends. Who connects is refused from now on. */
  quit(): void {
    this.#stop("SIGQUIT");
  }

  terminate(): void {
    this.#stop("SIGTERM");
    setTimeout(() => this.#crew.kill("SIGKILL"), mercyMs);
  }

  /** Workers finish, and none is started until a reload; who connects waits. */
  stopAccepting(): void {
    this.#idle = true;
    this.#crew.kill("SIGQUIT");
  }

  /** Starts what is installed now beside this process, which then has the pid file. */
  changeBinary(): void {
    if (this.#stopping) return;
    if (this.#hasNewBinary || this.#isNewBinary) {
      this.#journal.write(
        "crit",
        "the changing binary signal is ignored: you should shutdown or terminate before either old or new binary's process",
      );
      return;
    }
    this.#journal.notice("changing binary");
    this.#hasNewBinary = startNewBinary({
      ...this.#options,
      generation: this.#generation,
      onEnded: () => {
        this.#hasNewBinary = false;
        if (this.#idle && !this.#stopping) this.#goOn();
      },
    });
  }

  /** Where its number is: beside a new binary that is FILE.oldbin. */
  get pidPath(): string {
    const { pidPath } = this.#generation.prepared.settings;
    return this.#hasNewBinary ? oldPidPath(pidPath) : pidPath;
  }

  /** The master that started it is still there. */
  get #isNewBinary(): boolean {
    return this.#options.oldMaster === process.ppid;
  }

  /** Workers again, by the configuration as it was (ngx_restart). */
  #goOn(): void {
    this.#idle = false;
    void this.#crew.start(this.#generation);
  }

  #stop(signal: "SIGQUIT" | "SIGTERM"): void {
    this.#stopping = true;
    this.#generation.sockets.close(this.#hasNewBinary || this.#isNewBinary);
    this.#crew.kill(signal);
    this.#checkEnd();
  }

  async #reloadOnce(): Promise<void> {
    const journal = this.#journal;
    const before = this.#generation;
    journal.notice("reconfiguring");
    const { options } = this.#options;
    const next = await newGeneration({ options, journal, before, serves: false });
    if (next === undefined) return;
    if (this.#stopping) {
      next.sockets.close();
      return;
    }
    const old = this.#crew.all;
    if (!(await this.#crew.start(next)) || this.#stopping) {
      if (this.#stopping) next.sockets.close();
      else dropGeneration(next, before);
      return;
    }
    this.#idle = false;
    this.#goOver(before, next);
    for (const worker of old) worker.kill("SIGQUIT");
  }

  #goOver(before: Generation, next: Generation): void {
    const journal = this.#journal;
    this.#generation = next;
    journal.goTo(next.prepared.errorLog, next.prepared.logsToTerminal);
    leaveGeneration(before, next);
    before.prepared.files.close();
    const { pidPath } = next.prepared.settings;
    const oldPath = before.prepared.settings.pidPath;
    if (pidPath === oldPath) return;
    try {
      writePidFile(pidPath);
      removePidFile(oldPath, (sentence) => journal.write("alert", sentence));
    } catch (error) {
      journal.write("emerg", (error as Error).message);
    }
  }

  #checkEnd(): void {
    if (this.#stopping && this.#crew.isEmpty && this.#reloading === undefined) this.#ended();
  }
}
