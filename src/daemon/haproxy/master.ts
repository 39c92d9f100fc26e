import { constants } from "node:os";
import type { HaproxyConfig } from "../../config/haproxy/model/index.js";
import { bindFailureText } from "../../haproxy/assemble/bind-error.js";
import type { BindOptions } from "../../haproxy/assemble/binding.js";
import { type ListenerPlan, listenerPlans } from "../../haproxy/assemble/listener-plan.js";
import { OfferedSockets } from "../../haproxy/assemble/offered-sockets.js";
import { type BoundSockets, bindAll } from "../../haproxy/assemble/sockets.js";
import { close, duplicate, isOpen } from "../../sys/index.js";
import { Systemd } from "../systemd.js";
import type { MasterState } from "./child.js";
import { launchWorker, type WorkerChild } from "./launch-worker.js";
import type { Messages } from "./messages.js";
import { bindBeside, tellProcesses } from "./old-processes.js";
import { launchProgram, type ProgramChild } from "./programs.js";
import type { FromWorker } from "./worker-messages.js";

export interface MasterOptions {
  readonly words: readonly string[];
  /** Reads the files again; undefined: they have errors, which were said. */
  readonly load: () => Promise<HaproxyConfig | undefined>;
  readonly first: HaproxyConfig;
  readonly messages: Messages;
  readonly version: string;
  readonly bind: BindOptions;
  readonly proxyMaxconn: number | undefined;
  readonly systemd: boolean;
  /** It runs in the background: so do its workers. */
  readonly daemon: boolean;
  readonly oldSockets: readonly number[];
  readonly oldProcesses: { readonly signal: "SIGUSR1" | "SIGTERM"; readonly pids: readonly number[] };
  readonly inherited: readonly number[];
  /** Everything is bound; false: something that has to be done then failed, and was said. */
  readonly onBound: () => boolean;
  /** Opens the master's own sockets (-S). */
  readonly openSockets: (master: Master) => Promise<boolean>;
}

const signalTexts: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries({
    SIGHUP: "Hangup",
    SIGINT: "Interrupt",
    SIGQUIT: "Quit",
    SIGILL: "Illegal instruction",
    SIGABRT: "Aborted",
    SIGBUS: "Bus error",
    SIGFPE: "Floating point exception",
    SIGKILL: "Killed",
    SIGUSR1: "User defined signal 1",
    SIGSEGV: "Segmentation fault",
    SIGUSR2: "User defined signal 2",
    SIGPIPE: "Broken pipe",
    SIGALRM: "Alarm clock",
    SIGTERM: "Terminated",
  } satisfies Partial<Record<NodeJS.Signals, string>>).map(([name, text]) => [
    constants.signals[name as NodeJS.Signals],
    text,
  ]),
);

/**
 * The process that never serves (`-W`): it holds the sockets that listen, and has a worker serve them. A reload starts a new worker at the same
 * sockets; when that one accepts connections the old one is told to finish. A reload that fails leaves everything as it is.
 */
export class Master {
  readonly #options: MasterOptions;
  readonly #messages: Messages;
  readonly #systemd: Systemd | undefined;
  readonly #started = Date.now();
  readonly #children = new Set<WorkerChild | ProgramChild>();
  #sockets: BoundSockets = new Map();
  #plans: readonly ListenerPlan[] = [];
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
      children: [...this.#children],
    };
  }

  /** The one that serves now. */
  get worker(): WorkerChild | undefined {
    return this.#workers.find(({ leaving }) => !leaving);
  }

  get workers(): readonly WorkerChild[] {
    return this.#workers;
  }

  get #workers(): WorkerChild[] {
    return [...this.#children].filter((child): child is WorkerChild => child.kind === "worker");
  }

  /** Binds, and starts the first worker; false: something failed, and was said. */
  async start(): Promise<boolean> {
    const { first, messages, bind, oldProcesses, proxyMaxconn } = this.#options;
    this.#plans = listenerPlans(first, proxyMaxconn);
    if (!this.#checkPlans(this.#plans)) return false;
    const offered = new OfferedSockets();
    for (const fd of this.#options.oldSockets) offered.add(fd);
    const bound = await bindBeside(this.#plans, offered, bind, oldProcesses.pids, messages);
    if (bound === undefined) return false;
    this.#sockets = bound;
    if (!this.#options.onBound() || !(await this.#options.openSockets(this))) return false;
    for (const program of first.programs) this.#addProgram(launchProgram(program, messages));
    const worker = this.#launch(this.#plans, bound);
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
    this.#closeSockets();
    this.broadcast(signal);
    this.#checkEnd();
  }

  /** Who connects is refused from now on: nobody would answer. A reload binds anew. */
  #closeSockets(): void {
    for (const [index, fd] of this.#sockets) if (!this.#isInherited(index)) close(fd);
    this.#sockets = new Map();
  }

  #heard(worker: WorkerChild, message: FromWorker): void {
    // One that is replaced leaves the sockets to who comes after it; while a reload is under way it may be.
    if (worker !== this.worker || worker.leaving) return;
    if (message.kind === "stopping") this.#closeSockets();
    else if (message.kind === "closed" && !this.#isInherited(message.listener)) {
      const fd = this.#sockets.get(message.listener);
      if (fd !== undefined) close(fd);
      this.#sockets.delete(message.listener);
    }
  }

  broadcast(signal: NodeJS.Signals): void {
    for (const child of this.#children) child.kill(signal);
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
    if (this.worker === undefined || this.#stopping) this.#closeSockets();
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
    const before = [...this.#children].filter(({ leaving }) => !leaving);
    this.#reloads++;
    for (const child of this.#children) child.reloads++;
    const config = await this.#options.load();
    if (config === undefined) return false;
    const plans = listenerPlans(config, proxyMaxconn);
    if (!this.#checkPlans(plans)) return false;
    const offered = new OfferedSockets();
    for (const [index, fd] of this.#sockets) {
      // A copy, so that what isn't taken can be closed.
      if (!this.#isInherited(index)) offered.add(duplicate(fd));
    }
    const bound: BoundSockets = new Map();
    const failures = bindAll(plans, offered, bind, bound);
    offered.close();
    const closeNew = () => {
      for (const [index, fd] of bound) if (!isInheritedPlan(plans[index])) close(fd);
    };
    if (failures.length > 0) {
      for (const failure of failures) messages.alert(bindFailureText(failure));
      messages.alert("[haproxy.main()] Some protocols failed to start their listeners! Exiting.");
      closeNew();
      return false;
    }
    const worker = this.#launch(plans, bound);
    if (!(await worker.ready)) {
      closeNew();
      return false;
    }
    messages.notice("Loading success.");
    for (const [index, fd] of this.#sockets) if (!this.#isInherited(index)) close(fd);
    this.#sockets = bound;
    this.#plans = plans;
    this.#config = config;
    this.#replacePrograms(config, before);
    for (const child of before) {
      if (child.kind !== "worker") continue;
      child.leaving = true;
      child.kill("SIGUSR1");
    }
    const { maxReloads } = this;
    if (maxReloads !== undefined)
      for (const child of this.#workers)
        if (child.leaving && child.reloads > maxReloads) child.kill("SIGTERM");
    return true;
  }

  /** mworker-max-reloads */
  get maxReloads(): number | undefined {
    return this.#config.global.maxReloads;
  }

  /** All are told by SIGUSR1; `no option start-on-reload` only means that none is started in its place. */
  #replacePrograms(config: HaproxyConfig, before: readonly (WorkerChild | ProgramChild)[]): void {
    for (const child of before) {
      if (child.kind !== "program") continue;
      child.leaving = true;
      child.kill("SIGUSR1");
    }
    for (const program of config.programs)
      if (program.startOnReload) this.#addProgram(launchProgram(program, this.#messages));
  }

  #launch(plans: readonly ListenerPlan[], sockets: BoundSockets): WorkerChild {
    const worker = launchWorker({
      words: this.#options.words,
      inherited: this.#options.inherited.filter(isOpen),
      sockets: [...sockets].filter(([index]) => !isInheritedPlan(plans[index])).map(([, fd]) => fd),
      number: this.#reloads,
      detach: this.#options.daemon,
    });
    this.#messages.notice(`New worker (${worker.pid}) forked`);
    this.#children.add(worker);
    worker.onMessage((message) => this.#heard(worker, message));
    void worker.ended.then((status) => this.#left(worker, status));
    return worker;
  }

  #addProgram(program: ProgramChild | undefined): void {
    if (program === undefined) return;
    this.#children.add(program);
    void program.ended.then((status) => this.#left(program, status));
  }

  #left(child: WorkerChild | ProgramChild, status: number): void {
    const messages = this.#messages;
    this.#children.delete(child);
    const text = status < 128 ? "Exit" : (signalTexts[status - 128] ?? `Unknown signal ${status - 128}`);
    const who = child.kind === "worker" ? `worker (${child.pid})` : `program '${child.name}' (${child.pid})`;
    const sentence = `${child.leaving ? "Former" : "Current"} ${who} exited with code ${status} (${text})`;
    if (child.leaving || (child.kind === "worker" && status < 128)) messages.warning(sentence);
    else messages.alert(sentence);
    // A new worker that ended while the old one serves on is a reload that failed, no more.
    const replaced = child.kind === "worker" && this.worker !== undefined;
    if (!child.leaving && !replaced) {
      if (status !== 0 && status !== 130 && status !== 143 && this.#exitsOnFailure()) {
        messages.alert("exit-on-failure: killing every processes with SIGTERM");
        this.#stopping = true;
        this.#closeSockets();
        this.broadcast("SIGTERM");
      }
      if (this.#exitStatus < 0 && status !== 0 && status !== 143) this.#exitStatus = status;
    }
    if (this.worker === undefined && this.#reloading === undefined) this.#closeSockets();
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

  #isInherited(index: number): boolean {
    return isInheritedPlan(this.#plans[index]);
  }

  #checkPlans(plans: readonly ListenerPlan[]): boolean {
    if (plans.length > 0) return true;
    this.#messages.alert(
      "[haproxy.main()] No enabled listener found (check for 'bind' directives) ! Exiting.",
    );
    return false;
  }
}

const isInheritedPlan = (plan: ListenerPlan | undefined): boolean =>
  plan !== undefined && "fd" in plan.bind.address;
