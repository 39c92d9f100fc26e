import type { Journal } from "./journal.js";
import { spawnDaemon } from "./part.js";

/**
 * Starts the daemon, a process of a session of its own, and waits until it serves or has said why not. Gives the exit status: what goes wrong
 * until then is said on our terminal.
 */
export function daemonise(words: readonly string[], journal: Journal): Promise<number> {
  const child = spawnDaemon(words);
  return new Promise((resolve) => {
    child.once("error", (error) => {
      journal.write("emerg", `fork() failed (${error.message})`);
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
