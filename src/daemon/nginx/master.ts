import type { Generation } from "./generation.js";
import { newGeneration } from "./generation.js";
import type { Journal } from "./journal.js";
import { removePidFile, writePidFile } from "./pid-file.js";
import type { NginxOptions } from "./prepare.js";
import { fatal } from "./worker.js";
import { type End, WorkerChild } from "./worker-child.js";

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
 * The process that never serves: it holds the sockets, and has a worker serve them. A reload starts a new worker; when that one
 * serves the old one finishes what it has. A reload that fails leaves everything as it is.
 */
export class Master {
  readonly #options: MasterOptions;
  readonly #journal: Journal;
  readonly #workers = new Set<WorkerChild>();
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
  }

  get generation(): Generation {
    return this.#generation;
  }

  /** Starts the first worker; false: it can't serve, which was told. */
  async start(): Promise<boolean> {
    this.#journal.notice("start worker processes");
    return await this.#served(this.#launch(this.#generation));
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
    for (const worker of this.#workers) worker.kill("SIGUSR1");
  }

  /** Workers finish what they have, then this process ends. Who connects is refused from now on. */
  quit(): void {
    this.#stop("SIGQUIT");
  }

  terminate(): void {
    this.#stop("SIGTERM");
    setTimeout(() => {
      for (const worker of this.#workers) worker.kill("SIGKILL");
    }, mercyMs);
  }

  /** Workers finish, and none is started until a reload; who connects waits. */
  stopAccepting(): void {
    this.#idle = true;
    for (const worker of this.#workers) worker.kill("SIGQUIT");
  }

  #stop(signal: "SIGQUIT" | "SIGTERM"): void {
    this.#stopping = true;
    this.#generation.sockets.close();
    for (const worker of this.#workers) worker.kill(signal);
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
    const old = [...this.#workers];
    journal.notice("start worker processes");
    if (!(await this.#served(this.#launch(next))) || this.#stopping) {
      if (this.#stopping) next.sockets.close();
      else next.sockets.replaced(before.sockets);
      next.prepared.files.close();
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
    before.sockets.replaced(next.sockets);
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

  #launch({ sockets, recording, prepared }: Generation): WorkerChild {
    const worker = new WorkerChild(this.#options.words, recording, {
      sockets: sockets.texts.map((text) => [text, sockets.of(text)!]),
      env: prepared.settings.env,
      inBackground: this.#options.inBackground,
    });
    this.#journal.notice(`start worker process ${worker.pid}`);
    this.#workers.add(worker);
    void worker.ended.then((end) => this.#left(worker, end));
    return worker;
  }

  /** Whether a worker has come to serve; if not, why is told. */
  async #served(worker: WorkerChild): Promise<boolean> {
    const ready = await worker.ready;
    if (typeof ready === "string") this.#journal.write("emerg", ready);
    // It isn't started again: who waits for it says what comes of it.
    if (ready !== true) worker.leaving = true;
    return ready === true;
  }

  #left(worker: WorkerChild, end: End): void {
    this.#workers.delete(worker);
    const name = `worker process ${worker.pid}`;
    if ("signal" in end) this.#journal.write("alert", `${name} exited on signal ${end.signal}`);
    else this.#journal.notice(`${name} exited with code ${end.status}`);
    const again = !worker.leaving && !this.#stopping && !this.#idle;
    if (again && "status" in end && end.status === fatal)
      this.#journal.write("alert", `${name} exited with fatal code ${fatal} and cannot be respawned`);
    else if (again) this.#respawn();
    this.#checkEnd();
  }

  #respawn(): void {
    const worker = this.#launch(this.#generation);
    void worker.ready.then((ready) => {
      if (typeof ready === "string") this.#journal.write("emerg", ready);
    });
  }

  #checkEnd(): void {
    if (this.#stopping && this.#workers.size === 0 && this.#reloading === undefined) this.#ended();
  }
}
