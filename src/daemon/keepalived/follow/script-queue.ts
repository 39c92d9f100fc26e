import type { Log } from "../../../errors.js";
import { type Script, type ScriptResult, scriptFault } from "../../../sys/index.js";

/** Runs a script and waits for its end (sys/run-script.ts). */
export type RunScript = (script: Script, options: { signal: AbortSignal }) => Promise<ScriptResult>;

/** What to run, and whether root's scripts have to be root's alone. */
export interface QueuedScript {
  readonly script: Script;
  readonly security: boolean;
}

/** Scripts of one transition that wait their turn; who is not done by now doesn't hold up what follows. */
interface Queue {
  readonly waiting: (readonly QueuedScript[])[];
  running: boolean;
}

/** Transitions of one instance that may wait; older ones are dropped. */
const mostWaiting = 64;

/**
 * Runs the scripts that follow transitions: those of one transition at once, as the real one does, the next transition's after them,
 * so that a slow notify_backup never overtakes the notify_master that came later. What hangs holds up the next for `patience` alone.
 */
export class ScriptQueue {
  readonly #queues = new Map<string, Queue>();
  readonly #end = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #run: RunScript;
  readonly #log: Log;
  readonly #patience: number;
  /** Scripts that were run, and those that failed or were not run. */
  readonly counts = { run: 0, failed: 0, refused: 0 };

  constructor(run: RunScript, log: Log, patience = 30_000) {
    this.#run = run;
    this.#log = log;
    this.#patience = patience;
  }

  /** Has the scripts of a transition of `key` run, in its order. */
  add(key: string, scripts: readonly QueuedScript[]): void {
    if (scripts.length === 0) return;
    let queue = this.#queues.get(key);
    if (!queue) {
      queue = { waiting: [], running: false };
      this.#queues.set(key, queue);
    }
    if (queue.waiting.length >= mostWaiting) {
      this.#log.warn(`${key}: too many scripts wait for a slow one; the oldest is not run`);
      this.counts.refused += queue.waiting.shift()!.length;
    }
    queue.waiting.push(scripts);
    if (!queue.running) void this.#work(key, queue);
  }

  /** Waits until all are done, but no longer than so many milliseconds; then ends what is left. */
  async finish(patience: number): Promise<void> {
    const end = performance.now() + patience;
    while (this.#busy && performance.now() < end) await wait(10);
    for (const queue of this.#queues.values()) queue.waiting.length = 0;
    this.#end.abort();
    await inTime(Promise.all(this.#running), 1500);
  }

  get #busy(): boolean {
    return this.#running.size > 0 || [...this.#queues.values()].some(({ running }) => running);
  }

  async #work(key: string, queue: Queue): Promise<void> {
    queue.running = true;
    for (;;) {
      const scripts = queue.waiting.shift();
      if (!scripts) break;
      const all = Promise.all(scripts.map((script) => this.#one(script)));
      if (!(await inTime(all, this.#patience)) && queue.waiting.length > 0)
        this.#log.warn(
          `${key}: ${scripts.map(({ script }) => script.argv[0]).join(", ")} still runs after ${this.#patience / 1000} s; what follows does not wait for it`,
        );
    }
    this.#queues.delete(key);
  }

  #one({ script, security }: QueuedScript): Promise<void> {
    const fault = scriptFault(script.argv[0], script.user);
    if (fault && (fault.kind !== "unsafe" || security)) {
      this.counts.refused++;
      this.#log.warn(
        `${fault.message} - not run${fault.kind === "unsafe" ? " (enable_script_security)" : ""}`,
      );
      return Promise.resolve();
    }
    const done = this.#run(script, { signal: this.#end.signal }).then((result) => {
      this.counts.run++;
      if (result.missing === undefined && result.status === 0) return;
      this.counts.failed++;
      if (result.missing !== undefined) this.#log.warn(result.missing);
      else if (!this.#end.signal.aborted)
        this.#log.info(
          `${script.argv[0]} ended ${result.killedBy ? `by ${result.killedBy}` : `with status ${result.status}`}`,
        );
    });
    this.#running.add(done);
    return done.finally(() => this.#running.delete(done));
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** Whether something is over before so many milliseconds have passed. */
async function inTime(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  const done = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return done;
}
