import type { KeepalivedConfig } from "../../../config/keepalived/model/index.js";
import type { Log } from "../../../errors.js";
import { scriptFault } from "../../../sys/index.js";
import type { InstanceState, RoleEvent } from "../role.js";
import { NotifyFifos } from "./fifos.js";
import { type Mail, mailOf } from "./mail-of.js";
import { followingOf, scriptsOf } from "./notify.js";
import { type RunScript, ScriptQueue } from "./script-queue.js";
import { userOf } from "./script-user.js";

/** Sends mails (mailer.ts). */
export interface SendsMail {
  send(mail: Mail, smtp: KeepalivedConfig["global"]["smtp"]): void;
  finish(patience: number): Promise<void>;
}

/** Has happen what people want to follow from events: scripts, FIFO lines and mail. */
export class Follower {
  #config: KeepalivedConfig;
  #before: KeepalivedConfig;
  #fifos: NotifyFifos;
  readonly #run: RunScript;
  readonly #log: Log;
  readonly #mailer: SendsMail;
  readonly queue: ScriptQueue;
  /** The state that a mail was last sent for. */
  readonly #mailed = new Map<string, InstanceState>();
  /** States as they were told last, for who opens a FIFO anew. */
  readonly #lines = new Map<string, { readonly line: string; readonly of: "vrrp" | "lvs" }>();

  constructor(config: KeepalivedConfig, run: RunScript, mailer: SendsMail, log: Log) {
    this.#config = config;
    this.#before = config;
    this.#run = run;
    this.#mailer = mailer;
    this.#log = log;
    this.queue = new ScriptQueue(run, log);
    this.#fifos = new NotifyFifos(config, run, log);
    this.#tellFaults();
  }

  get lostLines(): number {
    return this.#fifos.lost;
  }

  follow(event: RoleEvent): void {
    // Of what a reload takes away, the configuration that there was tells.
    const config = event.kind === "instance" && event.state === "DELETED" ? this.#before : this.#config;
    const { key, scripts, fifo } = followingOf(event, config);
    this.queue.add(key, scripts);
    if (fifo) {
      this.#fifos.write(fifo.line, fifo.of);
      if (event.kind === "instance" || event.kind === "group") this.#lines.set(key, fifo);
      if (event.kind === "instance" && event.state === "DELETED") this.#lines.delete(key);
    }
    const mail = mailOf(event, config);
    if (!mail || !this.#isNew(key, event)) return;
    this.#mailer.send(mail, config.global.smtp);
  }

  /** Goes over to another configuration. FIFOs are closed and opened again, as the real one does, so that paths and readers may change. */
  async reload(config: KeepalivedConfig): Promise<void> {
    const before = this.#config.global;
    const { global } = config;
    this.#before = this.#config;
    this.#config = config;
    const names = ["notifyFifo", "vrrpNotifyFifo", "lvsNotifyFifo"] as const;
    if (names.some((name) => JSON.stringify(before[name]) !== JSON.stringify(global[name]))) {
      await this.#fifos.close();
      this.#fifos = new NotifyFifos(config, this.#run, this.#log);
    }
    if (global.writeVrrpStatesOnReload)
      for (const { line, of } of this.#lines.values()) this.#fifos.write(line, of);
    this.#tellFaults();
  }

  /** Waits for scripts and mails, then ends what is left. */
  async close(patience: number): Promise<void> {
    await Promise.all([this.queue.finish(patience), this.#mailer.finish(patience)]);
    await this.#fifos.close();
  }

  #isNew(key: string, event: RoleEvent): boolean {
    if (event.kind !== "instance" && event.kind !== "group") return true;
    if (this.#mailed.get(key) === event.state) return false;
    this.#mailed.set(key, event.state);
    return true;
  }

  /** Says at once, not only when it is needed, which scripts won't be run and which are in danger. */
  #tellFaults(): void {
    const { global } = this.#config;
    const told = new Set<string>();
    let insecure = false;
    for (const command of scriptsOf(this.#config)) {
      const fault = scriptFault(command.argv[0], userOf(command, global));
      if (!fault || told.has(fault.message)) continue;
      told.add(fault.message);
      if (fault.kind !== "unsafe" || global.scriptSecurity) this.#log.warn(`${fault.message} - disabling`);
      else {
        insecure = true;
        this.#log.warn(fault.message);
      }
    }
    if (insecure)
      this.#log.warn(
        "SECURITY VIOLATION - scripts are being executed but script_security not enabled. There are insecure scripts.",
      );
  }
}
