import { duplicate } from "../../sys/index.js";
import { type Generation, leaveGeneration, newGeneration } from "./generation.js";
import type { Journal } from "./journal.js";
import type { NginxOptions } from "./prepare.js";
import { Service } from "./service.js";

/** `master_process off`: one process that serves by itself, and goes over to a new configuration within. */
export class SingleProcess {
  readonly #options: NginxOptions;
  readonly #journal: Journal;
  #generation: Generation;
  #service!: Service;
  #reloading = Promise.resolve();
  #stopping = false;
  #ended!: () => void;
  readonly ended: Promise<void> = new Promise((resolve) => {
    this.#ended = resolve;
  });

  constructor(options: NginxOptions, journal: Journal, first: Generation) {
    this.#options = options;
    this.#journal = journal;
    this.#generation = first;
  }

  get generation(): Generation {
    return this.#generation;
  }

  get pidPath(): string {
    return this.#generation.prepared.settings.pidPath;
  }

  async start(): Promise<boolean> {
    this.#service = await serviceOf(this.#generation);
    return true;
  }

  reload(): void {
    this.#reloading = this.#reloading.then(async () => {
      if (this.#stopping) return;
      const journal = this.#journal;
      const before = this.#generation;
      journal.notice("reconfiguring");
      const next = await newGeneration({ options: this.#options, journal, before, serves: true });
      if (next === undefined) return;
      const old = this.#service;
      this.#service = await serviceOf(next);
      this.#generation = next;
      journal.goTo(next.prepared.errorLog, next.prepared.logsToTerminal);
      leaveGeneration(before, next);
      void old.quit().then(() => before.prepared.files.close());
    });
  }

  reopen(): void {
    this.#journal.notice("reopening logs");
    this.#service.reopen();
  }

  quit(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#generation.sockets.close();
    void this.#service.quit().then(this.#ended);
  }

  terminate(): void {
    this.#stopping = true;
    this.#generation.sockets.close();
    this.#service.stop();
    this.#ended();
  }
}

/** It serves at descriptors of its own: the generation keeps its for a later one. */
const serviceOf = ({ prepared, sockets }: Generation): Promise<Service> =>
  Service.start(prepared, (text) => {
    const fd = sockets.of(text);
    return fd === undefined ? undefined : duplicate(fd);
  });
