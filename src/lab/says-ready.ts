import type { ChildProcess } from "node:child_process";

/** Whether a program says anything, as those of a lab do once they are ready, before it ends. Its output has to be a pipe. */
export function saysReady(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    child.stdout!.once("data", () => resolve(true));
    child.once("error", () => resolve(false));
    child.once("exit", () => resolve(false));
  });
}
