import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { Child } from "./child.js";
import { spawnSelf } from "./spawn-self.js";
import type { FromWorker, ToWorker } from "./worker-messages.js";

/** A worker process from the master's side. */
export interface WorkerChild extends Child {
  /** Settled when it accepts connections, or with false when it ended before. */
  readonly ready: Promise<boolean>;
  /** Its exit status, or 128 and a signal's number as shells say it. */
  readonly ended: Promise<number>;
  send(message: ToWorker): boolean;
  onMessage(listener: (message: FromWorker) => void): () => void;
}

const signalNumbers: Readonly<Record<string, number>> = constants.signals;

export interface LaunchOptions {
  readonly words: readonly string[];
  /** Descriptors by which `fd@N` lines listen, and those that the master has bound. */
  readonly inherited: readonly number[];
  readonly sockets: readonly number[];
  readonly number: number;
  readonly detach: boolean;
}

/** Starts a worker. @throws Error where no process can be made */
export function launchWorker(options: LaunchOptions): WorkerChild {
  const child: ChildProcess = spawnSelf(options.words, {
    keep: options.inherited,
    give: options.sockets,
    part: (sockets) => ({ part: "worker", sockets, number: options.number, detach: options.detach }),
  });
  const ended = exitStatus(child);
  let alive = true;
  void ended.then(() => {
    alive = false;
  });
  const ready = new Promise<boolean>((resolve) => {
    child.on("message", (message: FromWorker) => {
      if (message.kind === "ready") resolve(true);
    });
    void ended.then(() => resolve(false));
  });
  return {
    kind: "worker",
    name: "",
    pid: child.pid ?? 0,
    started: Date.now(),
    reloads: 0,
    leaving: false,
    ready,
    ended,
    kill(signal) {
      if (alive) child.kill(signal);
    },
    send(message) {
      if (!child.connected) return false;
      child.send(message, () => {});
      return true;
    },
    onMessage(listener) {
      child.on("message", listener);
      return () => void child.off("message", listener);
    },
  };
}

/** How a child ended, as waitpid(2)'s status is said in a shell. */
export function exitStatus(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once("error", () => {
      if (child.pid === undefined) resolve(255);
    });
    child.once("exit", (status, signal) => resolve(status ?? 128 + (signalNumbers[signal ?? ""] ?? 127)));
  });
}
