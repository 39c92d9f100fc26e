import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { Generation } from "./generation.js";
import { type FromWorker, spawnWorker, type ToWorker, type WorkerStart } from "./part.js";

/** How a process ended: by itself with a status, or by a signal's number. */
export type End = { readonly status: number } | { readonly signal: number };

/** A worker from its master's side. */
export class WorkerChild {
  readonly pid: number;
  /** True when it serves; otherwise why it doesn't, or false where it ended without a word. */
  readonly ready: Promise<true | string | false>;
  readonly ended: Promise<End>;
  /** It is to end: it isn't started again. */
  leaving = false;
  isReady = false;
  /** Who started it waits for it to serve, and sees to it if it doesn't. */
  isAwaited = false;
  readonly #child: ChildProcess;
  #alive = true;

  /** Whose it is: its zones are told when it has ended. */
  readonly generation: Generation;
  readonly number: number;
  readonly slot: number;

  constructor(words: readonly string[], generation: Generation, start: WorkerStart) {
    this.generation = generation;
    this.number = start.number;
    this.slot = start.slot;
    const { recording } = generation;
    const child = spawnWorker(words, start);
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.ended = new Promise((resolve) => {
      child.once("error", () => {
        if (child.pid === undefined) resolve({ status: 255 });
      });
      child.once("exit", (status, signal) =>
        resolve(signal === null ? { status: status ?? 0 } : { signal: constants.signals[signal] }),
      );
    });
    this.ready = new Promise((resolve) => {
      child.on("message", (message: FromWorker) => {
        if (message.kind === "hello") {
          const configuration: ToWorker = { kind: "configuration", recording };
          if (child.connected) child.send(configuration, () => {});
          return;
        }
        this.isReady = message.kind === "ready";
        resolve(message.kind === "ready" ? true : message.sentence);
      });
      void this.ended.then(() => {
        this.#alive = false;
        resolve(false);
      });
    });
  }

  /** Until it is ready every signal but TERM and KILL would have the system's own effect: quit is then its end. */
  kill(signal: "SIGTERM" | "SIGQUIT" | "SIGUSR1" | "SIGKILL"): void {
    if (signal !== "SIGUSR1") this.leaving = true;
    if (!this.#alive) return;
    if (this.isReady || signal === "SIGTERM" || signal === "SIGKILL") this.#child.kill(signal);
    else if (signal === "SIGQUIT") this.#child.kill("SIGTERM");
    else void this.ready.then(() => this.isReady && this.#alive && this.#child.kill(signal));
  }
}
