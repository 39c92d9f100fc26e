import type { WorkerChild } from "./launch-worker.js";
import type { ProgramChild } from "./programs.js";

export type AnyChild = WorkerChild | ProgramChild;

/** The processes that a master has started and that haven't ended: the worker that serves, former ones that finish, programs. */
export class Children {
  readonly #all = new Set<AnyChild>();

  get all(): AnyChild[] {
    return [...this.#all];
  }

  /** Those in whose place no other has come. */
  get current(): AnyChild[] {
    return this.all.filter(({ leaving }) => !leaving);
  }

  get workers(): WorkerChild[] {
    return this.all.filter((child) => child.kind === "worker") as WorkerChild[];
  }

  /** The one that serves now. */
  get worker(): WorkerChild | undefined {
    return this.workers.find(({ leaving }) => !leaving);
  }

  get size(): number {
    return this.#all.size;
  }

  /** `onEnd` is called with its status when it has ended and isn't here any more. */
  add(child: AnyChild, onEnd: (status: number) => void): void {
    this.#all.add(child);
    void child.ended.then((status) => {
      this.#all.delete(child);
      onEnd(status);
    });
  }

  tell(signal: NodeJS.Signals): void {
    for (const child of this.#all) child.kill(signal);
  }

  countReload(): void {
    for (const child of this.#all) child.reloads++;
  }

  /** mworker-max-reloads: former workers that have seen more are ended. */
  endOldWorkers(maxReloads: number): void {
    for (const worker of this.workers)
      if (worker.leaving && worker.reloads > maxReloads) worker.kill("SIGTERM");
  }
}

/** Tells children of a kind to finish: others have come in their place. */
export function letGo(children: readonly AnyChild[], kind: AnyChild["kind"]): void {
  for (const child of children) {
    if (child.kind !== kind) continue;
    child.leaving = true;
    child.kill("SIGUSR1");
  }
}
