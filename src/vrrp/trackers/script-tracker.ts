import type { VrrpScript } from "../../config/keepalived/model/index.js";
import type { Log } from "../../errors.js";

/** How a script ended. */
export interface ScriptOutcome {
  readonly status?: number;
  readonly killedBy?: string;
  readonly timedOut: boolean;
  /** It never ran: why. */
  readonly missing?: string;
}

/** Runs a script, and ends it after `timeout` milliseconds or when the signal says so. */
export type RunScript = (
  script: VrrpScript["command"],
  options: { timeout: number; signal: AbortSignal },
) => Promise<ScriptOutcome>;

export interface ScriptTrackerOptions {
  readonly run: RunScript;
  readonly log: Log;
  /** Told of the first result, and of every change. */
  readonly changed: (good: boolean) => void;
  /** What was known before a restart or a reload. */
  readonly known?: boolean;
}

/**
 * Runs a `vrrp_script` every interval, and makes of its exit statuses one answer. The first result decides at once; later
 * ones count: `rise` good ones in a row make it good, `fall` bad ones bad. A run that isn't over when the next is due skips
 * that one.
 */
export class ScriptTracker {
  readonly settings: VrrpScript;
  readonly #options: ScriptTrackerOptions;
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #good: boolean | undefined;
  /** keepalived's count: below `rise` it is bad, `rise + fall - 1` is as good as can be. */
  #result: number;
  #first = true;
  #lastStatus = 0;

  constructor(settings: VrrpScript, options: ScriptTrackerOptions) {
    this.settings = settings;
    this.#options = options;
    const { rise, fall } = settings;
    this.#good = options.known ?? (settings.initFail ? false : undefined);
    this.#first = this.#good === undefined;
    if (this.#good === undefined) this.#result = rise - 1;
    else this.#result = this.#good ? rise + fall - 1 : 0;
  }

  /** undefined: there is no result yet. */
  get good(): boolean | undefined {
    return this.#good;
  }

  get lastStatus(): number {
    return this.#lastStatus;
  }

  start(): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#run(), this.settings.interval);
    this.#run();
  }

  /** Ends a run that is on its way. */
  stop(): void {
    clearInterval(this.#timer);
    this.#ending.abort();
  }

  #run(): void {
    const { name, command, interval, timeout = interval } = this.settings;
    const { log, run } = this.#options;
    if (this.#running) {
      log.info(`Track script ${name} is already running, expect idle - skipping run`);
      return;
    }
    this.#running = true;
    run(command, { timeout, signal: this.#ending.signal })
      .then((outcome) => {
        this.#running = false;
        if (!this.#ending.signal.aborted) this.#count(outcome);
      })
      .catch((error: unknown) => {
        this.#running = false;
        if (this.#ending.signal.aborted) return;
        this.#count({ timedOut: false, missing: error instanceof Error ? error.message : String(error) });
      });
  }

  #count(outcome: ScriptOutcome): void {
    const { name, rise, fall } = this.settings;
    const { log } = this.#options;
    const { status, killedBy, timedOut, missing } = outcome;
    const success = status === 0 && !timedOut;
    if (status !== undefined && status !== this.#lastStatus && !timedOut) {
      log.info(`Script \`${name}\` now returning ${status}`);
      this.#lastStatus = status;
    }
    const first = this.#first;
    this.#first = false;
    if (success) {
      if (this.#result < rise - 1) {
        this.#result++;
        return;
      }
      if (this.#result < rise) {
        log.info(`VRRP_Script(${name}) succeeded`);
        this.#tell(true);
      }
      this.#result = rise + fall - 1;
      return;
    }
    if (this.#result > rise) {
      this.#result--;
      return;
    }
    if (this.#result === rise || first) {
      const reason =
        missing !== undefined
          ? ` (${missing})`
          : timedOut
            ? ""
            : killedBy !== undefined
              ? ` (due to signal ${killedBy})`
              : ` (exited with status ${status})`;
      log.info(`VRRP_Script(${name}) ${timedOut ? "timed_out" : "failed"}${reason}`);
      this.#tell(false);
    }
    this.#result = 0;
  }

  #tell(good: boolean): void {
    this.#good = good;
    this.#options.changed(good);
  }
}
