import type { BindOptions } from "../../haproxy/assemble/binding.js";
import type { ListenerPlan } from "../../haproxy/assemble/listener-plan.js";
import type { OfferedSockets } from "../../haproxy/assemble/offered-sockets.js";
import { type BoundSockets, bindAll } from "../../haproxy/assemble/sockets.js";
import { HeldSockets, tellBindFailures } from "./held-sockets.js";
import type { Messages } from "./messages.js";

const tries = 100;
const pause = 10; // milliseconds

/** Tells processes; how many of them were there. */
export function tellProcesses(pids: readonly number[], signal: NodeJS.Signals): number {
  let told = 0;
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
      told++;
    } catch {
      // It is gone.
    }
  }
  return told;
}

/**
 * Binds everything or nothing. While an old process holds a place it is asked to let go of it for a while (SIGTTOU), for a second at most; if
 * that was in vain it listens again (SIGTTIN). undefined: it failed, and was said.
 */
export async function bindBeside(
  plans: readonly ListenerPlan[],
  offered: OfferedSockets,
  options: BindOptions,
  old: readonly number[],
  messages: Messages,
): Promise<BoundSockets | undefined> {
  const bound: BoundSockets = new Map();
  let asked = false;
  for (let left = tries; ; left--) {
    const failures = bindAll(plans, offered, options, bound);
    if (failures.length === 0) {
      offered.close();
      return bound;
    }
    const hopeless = failures.some(({ retryable }) => !retryable);
    const last = hopeless || left === 0 || old.length === 0 || tellProcesses(old, "SIGTTOU") === 0;
    if (last) {
      tellBindFailures(failures, messages);
      new HeldSockets(plans, bound).close();
      if (asked) tellProcesses(old, "SIGTTIN");
      return undefined;
    }
    asked = true;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
