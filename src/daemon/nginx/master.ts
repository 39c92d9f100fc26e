import { Crew } from "./crew.js";
import { dropGeneration, type Generation, leaveGeneration, newGeneration } from "./generation.js";
import type { Journal } from "./journal.js";
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

  #stop(signal: "SIGQUIT" | "SIGTERM"): void {
    this.#stopping = true;
    this.#generation.sockets.close();
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
