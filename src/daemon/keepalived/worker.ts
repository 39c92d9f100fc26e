import type { KeepalivedConfig } from "../../config/keepalived/model/index.js";
import { type Log, RondoError } from "../../errors.js";
import type { FromWorker, LogLevel, ToWorker, WorkerConfig } from "./messages.js";
import { processSettings } from "./process-settings.js";
import type { MakeRole, Role, RoleName } from "./role.js";

/** How often a worker says that it is there, in milliseconds. */
export const heartbeat = 200;
/** Snapshots follow events after so many milliseconds, and come so often without any. */
const snapshotAfter = 10;
const snapshotEvery = 2000;

/** What a worker process is made of. */
export interface WorkerParts {
  readonly roles: Readonly<Record<RoleName, MakeRole>>;
  /** Makes the configuration of what the supervisor read. */
  readonly read: (sources: unknown) => KeepalivedConfig;
  /** How long VRRP may keep addresses while it stops, in milliseconds. */
  readonly handoverTime: (config: KeepalivedConfig) => number;
  readonly send: (message: FromWorker) => void;
  /** Ends the process. */
  readonly exit: (status: number) => void;
  /** The kernel's scheduling of this process; by default it is set. */
  readonly settle?: (role: RoleName, config: KeepalivedConfig) => string[];
}

/** A worker process: it waits until it is told what to become, and is that until its end. */
export class Worker {
  readonly #parts: WorkerParts;
  readonly #log: Log;
  #role: Role | undefined;
  #name: RoleName | undefined;
  #stopping = false;
  /** How long to wait for VRRP's worker if the supervisor is gone, in milliseconds. */
  #patience = 0;
  /** Messages are done one after another. */
  #work: Promise<void> = Promise.resolve();
  #snapshotTimer: NodeJS.Timeout | undefined;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    const log = (level: LogLevel) => (message: string) => parts.send({ type: "log", level, message });
    this.#log = { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
    this.#timers.push(setInterval(() => parts.send({ type: "heartbeat" }), heartbeat));
    parts.send({ type: "loaded" });
  }

  hear(message: ToWorker): void {
    if (message.type === "status") {
      this.#parts.send({ type: "status", id: message.id, status: this.#role?.status() ?? null });
    } else if (message.type === "news") this.#role?.hear?.(message.news);
    else if (message.type === "clear-statistics") this.#role?.clearStatistics?.();
    else this.#work = this.#work.then(() => this.#do(message));
  }

  /** Ends in order. */
  stop(): void {
    this.hear({ type: "stop" });
  }

  /**
   * The supervisor is gone: ends in order, and VRRP first, as a supervisor would have it. While the addresses are here,
   * packets come here, and need the virtual servers.
   */
  orphaned(): void {
    this.#work = this.#work.then(() => {
      if (!this.#stopping) this.#timers.push(setTimeout(() => this.stop(), this.#patience));
    });
  }

  async #do(message: Extract<ToWorker, { type: "become" | "reload" | "stop" }>): Promise<void> {
    if (this.#stopping) return;
    if (message.type === "become") await this.#become(message);
    else if (message.type === "reload") await this.#reload(message.config);
    else await this.#stop();
  }

  async #become({
    role: name,
    config: given,
    handover,
  }: Extract<ToWorker, { type: "become" }>): Promise<void> {
    const { send } = this.#parts;
    try {
      const config = this.#parts.read(given.sources);
      this.#name = name;
      this.#settle(config, given);
      this.#role = this.#parts.roles[name]({
        config,
        options: given.options,
        log: this.#log,
        tell: (event) => {
          send({ type: "event", event });
          this.#snapshotSoon();
        },
      });
      await this.#role.start(handover?.snapshot);
      this.#sendSnapshot();
      this.#timers.push(setInterval(() => this.#sendSnapshot(), snapshotEvery));
      send({ type: "started" });
    } catch (error) {
      send({ type: "started", failure: sentence(error) });
      this.#end(1);
    }
  }

  async #reload(given: WorkerConfig): Promise<void> {
    try {
      const config = this.#parts.read(given.sources);
      this.#settle(config, given);
      await this.#role?.reload(config);
      this.#sendSnapshot();
      this.#parts.send({ type: "reloaded" });
    } catch (error) {
      this.#parts.send({ type: "reloaded", failure: sentence(error) });
    }
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#snapshotTimer);
    let status = 0;
    try {
      await this.#role?.stop();
    } catch (error) {
      status = 1;
      this.#log.error(`it could not stop in order: ${sentence(error)}`);
    }
    this.#parts.send({ type: "stopped" });
    this.#end(status);
  }

  #settle(config: KeepalivedConfig, { roles, options }: WorkerConfig): void {
    const waits = this.#name !== "vrrp" && roles.includes("vrrp") && !options.keepVips;
    this.#patience = waits ? this.#parts.handoverTime(config) : 0;
    const settle = this.#parts.settle ?? processSettings;
    for (const refusal of settle(this.#name!, config)) this.#log.warn(refusal);
  }

  #snapshotSoon(): void {
    this.#snapshotTimer ??= setTimeout(() => this.#sendSnapshot(), snapshotAfter);
  }

  #sendSnapshot(): void {
    clearTimeout(this.#snapshotTimer);
    this.#snapshotTimer = undefined;
    if (this.#role && !this.#stopping)
      this.#parts.send({ type: "snapshot", snapshot: this.#role.snapshot() });
  }

  #end(status: number): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#parts.exit(status);
  }
}

/** An error of ours is a sentence already; of any other, where it came from helps to mend it. */
const sentence = (error: unknown): string =>
  error instanceof RondoError ? error.message : String((error as Error).stack ?? error);
