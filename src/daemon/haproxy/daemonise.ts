import { closeSync, openSync } from "node:fs";
import { inheritedSockets } from "./inherited-sockets.js";
import type { Messages } from "./messages.js";
import { spawnSelf } from "./spawn-self.js";

/**
 * Starts the daemon, a process of a session of its own, and waits until it listens or has said why not. Gives the exit status: what goes wrong until
 * then is said on our terminal.
 */
export function daemonise(words: readonly string[], messages: Messages): Promise<number> {
  const child = spawnSelf(words, {
    keep: inheritedSockets(),
    detached: true,
    part: () => ({ part: "daemon" }),
  });
  return new Promise((resolve) => {
    child.once("error", (error) => {
      messages.alert(`[haproxy.main()] Cannot fork: ${error.message}.`);
      resolve(1);
    });
    child.once("exit", (status) => resolve(status ?? 1));
    child.once("message", () => {
      child.disconnect();
      child.unref();
      resolve(0);
    });
  });
}

/** Of the daemon: it listens. Who started it may go on, and nothing of ours holds its terminal any more. */
export function detach(messages: Messages): void {
  leaveTerminal(messages);
  if (!process.connected) return;
  process.send?.("running", undefined, undefined, () => {
    if (process.connected) process.disconnect();
  });
}

/** Standard streams are /dev/null from now on, and nothing is said there. */
export function leaveTerminal(messages: Messages): void {
  messages.mode.quiet = true;
  messages.mode.verbose = false;
  for (const fd of [0, 1, 2]) {
    try {
      closeSync(fd);
    } catch {
      // It was closed before.
    }
    openSync("/dev/null", "r+"); // It takes the lowest number that is free.
  }
}
