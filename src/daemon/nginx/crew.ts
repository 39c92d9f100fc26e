import { mostSlots } from "../../nginx/zones/zone-store.js";
import type { Generation } from "./generation.js";
import type { Journal } from "./journal.js";
import { fatal } from "./worker.js";
import { type End, WorkerChild } from "./worker-child.js";

/** After so long it is tried again to have a zone give back what a worker had. */
const againMs = 20;

export interface CrewOptions {
  readonly words: readonly string[];
  readonly journal: Journal;
  readonly inBackground: boolean;
  /** Whether a worker that dies is started again. */
  readonly respawns: () => boolean;
  /** One has ended, and none was started instead. */
  readonly onLeft: () => void;
}

/** All workers of a master, of every configuration. One that dies is started again. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #journal: Journal;
  readonly #workers = new Set<WorkerChild>();
  /** Which slots of zones are in use; the first is the master's. */
  readonly #slots: boolean[] = [true];

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#journal = options.journal;
  }

  get isEmpty(): boolean {
    return this.#workers.size === 0;
  }

  /** Starts all workers of a configuration; false: one of them can't serve, which was told, and the others are ended. */
  async start(generation: Generation): Promise<boolean> {
    const { workers } = generation.prepared.settings;
    this.#journal.notice("start worker processes");
    if (this.#slots.filter((used) => used).length + workers > mostSlots) {
      this.#journal.write("emerg", "too many worker processes are still shutting down");
      return false;
    }
    const started = Array.from({ length: workers }, (_, number) => this.#launch(generation, number));
    const served = await Promise.all(started.map((worker) => this.#served(worker)));
    if (served.every((each) => each)) return true;
    for (const worker of this.#workers) if (worker.generation === generation) worker.kill("SIGTERM");
    return false;
  }

  /** Those that there are now. */
  get all(): readonly WorkerChild[] {
    return [...this.#workers];
  }

  kill(signal: Parameters<WorkerChild["kill"]>[0]): void {
    for (const worker of this.#workers) worker.kill(signal);
  }

  #launch(generation: Generation, number: number): WorkerChild {
    const { sockets, zones, prepared } = generation;
    const free = this.#slots.indexOf(false);
    const slot = free < 0 ? this.#slots.length : free;
    this.#slots[slot] = true;
    const worker = new WorkerChild(this.#options.words, generation, {
      sockets: sockets.forWorker(number),
      zones: zones.given,
      env: prepared.settings.env,
      inBackground: this.#options.inBackground,
      number,
      slot,
    });
    this.#journal.notice(`start worker process ${worker.pid}`);
    this.#workers.add(worker);
    void worker.ended.then((end) => this.#left(worker, end));
    return worker;
  }

  /** Whether a worker has come to serve; if not, why is told, and it isn't started again. */
  async #served(worker: WorkerChild): Promise<boolean> {
    worker.isAwaited = true;
    const ready = await worker.ready;
    if (typeof ready === "string") this.#journal.write("emerg", ready);
    if (ready === true) worker.isAwaited = false;
    return ready === true;
  }

  #left(worker: WorkerChild, end: End): void {
    this.#workers.delete(worker);
    const name = `worker process ${worker.pid}`;
    // One that was told to end while it loaded has ended by the signal itself.
    const asTold = worker.leaving && !worker.isReady;
    if ("signal" in end)
      this.#journal.write(asTold ? "notice" : "alert", `${name} exited on signal ${end.signal}`);
    else this.#journal.notice(`${name} exited with code ${end.status}`);
    for (const zone of worker.generation.zones.takeOver(worker.pid))
      this.#journal.write("alert", `shared memory zone "${zone}" was locked by ${worker.pid}`);
    this.#giveBack(worker);
    const again = !worker.leaving && !worker.isAwaited && this.#options.respawns();
    if (again && "status" in end && end.status === fatal)
      this.#journal.write("alert", `${name} exited with fatal code ${fatal} and cannot be respawned`);
    else if (again) this.#respawn(worker);
    this.#options.onLeft();
  }

  /** Not at once where another worker died with a zone's lock, too: this process hears of it next. */
  #giveBack(worker: WorkerChild): void {
    if (worker.generation.zones.giveBack(worker.slot)) this.#slots[worker.slot] = false;
    else setTimeout(() => this.#giveBack(worker), againMs);
  }

  #respawn({ generation, number }: WorkerChild): void {
    generation.prepared.http?.status.respawned.add("respawned");
    const worker = this.#launch(generation, number);
    void worker.ready.then((ready) => {
      if (typeof ready === "string") this.#journal.write("emerg", ready);
    });
  }
}
