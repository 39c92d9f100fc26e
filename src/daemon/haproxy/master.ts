import type { HaproxyConfig } from "../../config/haproxy/model/index.js";
import { type ListenerPlan, listenerPlans } from "../../haproxy/assemble/listener-plan.js";
import { OfferedSockets } from "../../haproxy/assemble/offered-sockets.js";
import { isOpen } from "../../sys/index.js";
import { Systemd } from "../systemd.js";
import type { MasterState } from "./child.js";
import { type AnyChild, Children, letGo } from "./children.js";
import { exitText } from "./exit-text.js";
import { HeldSockets } from "./held-sockets.js";
import { launchWorker, type WorkerChild } from "./launch-worker.js";
import type { MasterOptions } from "./master-options.js";
import type { Messages } from "./messages.js";
import { bindBeside, tellProcesses } from "./old-processes.js";
import { launchProgram, type ProgramChild } from "./programs.js";
import type { FromWorker } from "./worker-messages.js";

/**
 * The process that never serves (`-W`): it holds the sockets that listen, and has a worker serve them. A reload starts a new worker at the same
 * sockets; when that one accepts connections the old one is told to finish. A reload that fails leaves everything as it is.
 */
export class Master {
  readonly #options: MasterOptions;
  readonly #messages: Messages;
  readonly #systemd: Systemd | undefined;
  readonly #started = Date.now();
  readonly #children = new Children();
  #sockets = new HeldSockets();
  #config: HaproxyConfig;
  #reloads = 0;
  #failedReloads = 0;
  #exitStatus = -1;
  #stopping = false;
  #reloading: Promise<boolean> | undefined;
  #reloadAgain = false;
  #ended!: (status: number) => void;
  readonly ended: Promise<number> = new Promise((resolve) => {
    this.#ended = resolve;
  });

  constructor(options: MasterOptions) {
    this.#options = options;
    this.#messages = options.messages;
    this.#config = options.first;
    this.#systemd = options.systemd ? new Systemd() : undefined;
  }

  get state(): MasterState {
    return {
      pid: process.pid,
      started: this.#started,
      reloads: this.#reloads,
      failedReloads: this.#failedReloads,
      version: this.#options.version,
      children: this.#children.all,
    };
  }

  /** The one that serves now. */
  get worker(): WorkerChild | undefined {
    return this.#children.worker;
  }

  get workers(): readonly WorkerChild[] {
    return this.#children.workers;
  }

  /** Binds, and starts the first worker; false: something failed, and was said. */
  async start(): Promise<boolean> {
    const { first, messages, bind, oldProcesses, proxyMaxconn } = this.#options;
    const plans = listenerPlans(first, proxyMaxconn);
    if (!this.#checkPlans(plans)) return false;
    const offered = new OfferedSockets();
    for (const fd of this.#options.oldSockets) offered.add(fd);
    const bound = await bindBeside(plans, offered, bind, oldProcesses.pids, messages);
    if (bound === undefined) return false;
    this.#sockets = new HeldSockets(plans, bound);
    if (!this.#options.onBound() || !(await this.#options.openSockets(this))) return false;
    for (const program of first.programs) this.#addProgram(launchProgram(program, messages));
    const worker = this.#launch(this.#sockets);
    messages.notice("Loading success.");
    messages.starting = false;
    const ready = await worker.ready;
    if (ready) {
      tellProcesses(oldProcesses.pids, oldProcesses.signal);
      this.#systemd?.ready("Ready.");
    }
    return ready;
  }

  /** Reads the files and goes over to them; settled with whether that was done. One that comes meanwhile is done afterwards. */
  reload(): Promise<boolean> {
    if (this.#stopping) return Promise.resolve(false);
    if (this.#reloading) {
      this.#reloadAgain = true;
      return this.#reloading;
    }
    this.#reloading = (async () => {
      let done: boolean;
      do {
        this.#reloadAgain = false;
        done = await this.#reloadOnce();
      } while (this.#reloadAgain && !this.#stopping);
      return done;
    })().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  /** Passes a signal on that ends the workers; the master ends when all have. */
  stop(signal: "SIGTERM" | "SIGINT" | "SIGUSR1"): void {
    if (!this.#stopping) this.#systemd?.stopping();
    this.#stopping = true;
    this.#messages.warning("Exiting Master process...");
    // Who connects is refused from now on: nobody would answer. A reload binds anew.
    this.#sockets.close();
    this.broadcast(signal);
    this.#checkEnd();
  }

  #heard(worker: WorkerChild, message: FromWorker): void {
    // One that is replaced leaves the sockets to who comes after it; while a reload is under way it may be.
    if (worker !== this.worker || worker.leaving) return;
    if (message.kind === "stopping") this.#sockets.close();
    else if (message.kind === "closed") this.#sockets.closeListener(message.listener);
  }

  broadcast(signal: NodeJS.Signals): void {
    this.#children.tell(signal);
  }

  async #reloadOnce(): Promise<boolean> {
    const { messages } = this.#options;
    messages.notice("Reloading HAProxy");
    this.#systemd?.reloading();
    messages.starting = true;
    messages.startupLog.length = 0;
    let done = false;
    try {
      done = await this.#tryReload();
    } catch (error) {
      // A mistake of ours is no reason to stop what runs.
      messages.alert(String((error as Error).stack ?? error));
    }
    messages.starting = false;
    if (this.worker === undefined || this.#stopping) this.#sockets.close();
    if (done) this.#failedReloads = 0;
    else {
      this.#failedReloads++;
      messages.warning("Loading failure!");
    }
    this.#systemd?.ready(done ? "Ready." : "Reload failed!");
    return done;
  }

  async #tryReload(): Promise<boolean> {
    const { messages, bind, proxyMaxconn } = this.#options;
    const before = this.#children.current;
    this.#reloads++;
    this.#children.countReload();
    const config = await this.#options.load();
    if (config === undefined) return false;
    const plans = listenerPlans(config, proxyMaxconn);
    if (!this.#checkPlans(plans)) return false;
    const sockets = this.#sockets.rebind(plans, bind, messages);
    if (sockets === undefined) return false;
    const worker = this.#launch(sockets);
    if (!(await worker.ready)) {
      sockets.close();
      return false;
    }
    messages.notice("Loading success.");
    this.#sockets.close();
    this.#sockets = sockets;
    this.#config = config;
    this.#replacePrograms(config, before);
    letGo(before, "worker");
    if (this.maxReloads !== undefined) this.#children.endOldWorkers(this.maxReloads);
    return true;
  }

  /** mworker-max-reloads */
  get maxReloads(): number | undefined {
    return this.#config.global.maxReloads;
  }

  /** All are told by SIGUSR1; `no option start-on-reload` only means that none is started in its place. */
  #replacePrograms(config: HaproxyConfig, before: readonly AnyChild[]): void {
    letGo(before, "program");
    for (const program of config.programs)
      if (program.startOnReload) this.#addProgram(launchProgram(program, this.#messages));
  }

  #launch(sockets: HeldSockets): WorkerChild {
    const worker = launchWorker({
      words: this.#options.words,
      inherited: this.#options.inherited.filter(isOpen),
      sockets: sockets.own,
      number: this.#reloads,
      detach: this.#options.daemon,
    });
    this.#messages.notice(`New worker (${worker.pid}) forked`);
    worker.onMessage((message) => this.#heard(worker, message));
    this.#children.add(worker, (status) => this.#left(worker, status));
    return worker;
  }

  #addProgram(program: ProgramChild | undefined): void {
    if (program !== undefined) this.#children.add(program, (status) => this.#left(program, status));
  }

  #left(child: AnyChild, status: number): void {
    const messages = this.#messages;
    const sentence = exitText(child, status);
    if (child.leaving || (child.kind === "worker" && status < 128)) messages.warning(sentence);
    else messages.alert(sentence);
    // A new worker that ended while the old one serves on is a reload that failed, no more.
    const replaced = child.kind === "worker" && this.worker !== undefined;
    if (!child.leaving && !replaced) {
      if (status !== 0 && status !== 130 && status !== 143 && this.#exitsOnFailure()) {
        messages.alert("exit-on-failure: killing every processes with SIGTERM");
        this.#stopping = true;
        this.#sockets.close();
        this.broadcast("SIGTERM");
      }
      if (this.#exitStatus < 0 && status !== 0 && status !== 143) this.#exitStatus = status;
    }
    if (this.worker === undefined && this.#reloading === undefined) this.#sockets.close();
    this.#checkEnd();
  }

  #exitsOnFailure(): boolean {
    return !this.#config.global.masterWorkerOptions.includes("no-exit-on-failure");
  }

  #checkEnd(): void {
    if (this.#children.size > 0 || this.#reloading !== undefined) return;
    const status = Math.max(this.#exitStatus, 0);
    this.#messages.warning(`All workers exited. Exiting... (${status})`);
    this.#systemd?.close();
    this.#ended(status);
  }

  #checkPlans(plans: readonly ListenerPlan[]): boolean {
    if (plans.length > 0) return true;
    this.#messages.alert(
      "[haproxy.main()] No enabled listener found (check for 'bind' directives) ! Exiting.",
    );
    return false;
  }
}
