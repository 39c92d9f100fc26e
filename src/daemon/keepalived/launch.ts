import { fork } from "node:child_process";
import type { WorkerProcess } from "./crew.js";
import type { FromWorker } from "./messages.js";

/** How long the channel of a process that has ended is read, in milliseconds, if a child of its own keeps it open. */
const lastWords = 20;

/** Starts a worker process: this program again, with these words. They talk by Node's IPC. `silent`: it has no standard output. */
export function launchWorker(
  program: string,
  words: readonly string[],
  { silent }: { readonly silent: boolean },
): WorkerProcess {
  const output = silent ? "ignore" : "inherit";
  const child = fork(program, words, {
    serialization: "advanced",
    stdio: ["ignore", output, output, "ipc"],
    execArgv: process.execArgv.filter((word) => !word.startsWith("--inspect")),
  });
  let ended = false;
  child.on("error", () => {}); // A message that can't be sent: its exit tells.
  return {
    pid: child.pid ?? 0,
    send(message) {
      if (child.connected) child.send(message, () => {});
    },
    kill(signal) {
      if (!ended) child.kill(signal);
    },
    onMessage(listener) {
      child.on("message", (message) => listener(message as FromWorker));
    },
    onExit(listener) {
      if (child.pid === undefined) setImmediate(listener, 1, null);
      child.once("exit", (status, signal) => {
        ended = true;
        // What it said last may still be in the channel, its last snapshot among it: that is heard first.
        const tell = () => {
          clearTimeout(timer);
          child.off("disconnect", tell);
          listener(status, signal);
        };
        const timer = setTimeout(tell, lastWords);
        if (child.connected) child.once("disconnect", tell);
        else tell();
      });
    },
  };
}
