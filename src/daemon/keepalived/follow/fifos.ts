import type { KeepalivedConfig, NotifyFifo, ScriptCommand } from "../../../config/keepalived/model/index.js";
import type { Log } from "../../../errors.js";
import { type Fifo, openFifo, scriptFault } from "../../../sys/index.js";
import type { RunScript } from "./script-queue.js";
import { userOf } from "./script-user.js";

/** The notify FIFOs of a configuration, and who reads them. */
export class NotifyFifos {
  readonly #config: KeepalivedConfig;
  readonly #log: Log;
  readonly #open: {
    readonly path: string;
    readonly of: "all" | "vrrp" | "lvs";
    readonly fifo: Fifo;
    lost: number;
  }[] = [];
  readonly #end = new AbortController();
  readonly #scripts: Promise<void>[] = [];
  readonly #run: RunScript;

  constructor(config: KeepalivedConfig, run: RunScript, log: Log) {
    this.#config = config;
    this.#run = run;
    this.#log = log;
    const { notifyFifo, vrrpNotifyFifo, lvsNotifyFifo } = config.global;
    this.#add(notifyFifo, "all");
    this.#add(vrrpNotifyFifo, "vrrp");
    this.#add(lvsNotifyFifo, "lvs");
  }

  /** Lines that nobody has read, so that they were lost. */
  get lost(): number {
    return this.#open.reduce((sum, { lost }) => sum + lost, 0);
  }

  write(line: string, of: "vrrp" | "lvs"): void {
    for (const one of this.#open) {
      if (one.of !== "all" && one.of !== of) continue;
      if (one.fifo.write(`${line}\n`)) continue;
      if (one.lost++ === 0) this.#log.warn(`nobody reads ${one.path}: lines are lost`);
    }
  }

  /** Removes the FIFOs that we made, and ends their scripts. */
  async close(): Promise<void> {
    for (const { fifo } of this.#open.splice(0)) fifo.close();
    this.#end.abort();
    await Promise.all(this.#scripts);
  }

  #add(settings: NotifyFifo | undefined, of: "all" | "vrrp" | "lvs"): void {
    if (!settings) return;
    const { path, user, script } = settings;
    try {
      this.#open.push({ path, of, fifo: openFifo(path, user), lost: 0 });
    } catch (error) {
      this.#log.error((error as Error).message);
      return;
    }
    if (script) this.#scripts.push(this.#serve(path, script));
  }

  async #serve(path: string, command: ScriptCommand): Promise<void> {
    const { global } = this.#config;
    const user = userOf(command, global);
    const fault = scriptFault(command.argv[0], user);
    if (fault && (fault.kind !== "unsafe" || global.scriptSecurity)) {
      this.#log.error(`${fault.message} - nobody is started for ${path}`);
      return;
    }
    const result = await this.#run({ argv: [...command.argv, path], user }, { signal: this.#end.signal });
    if (!this.#end.signal.aborted)
      this.#log.warn(
        result.missing ??
          `${command.argv[0]}, which reads ${path}, has ended (${result.killedBy ?? result.status})`,
      );
  }
}
