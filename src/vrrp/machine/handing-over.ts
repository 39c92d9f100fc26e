import { handoverBound, handoverSettle } from "../timers.js";
import type { TransitionReason } from "../types.js";
import { never, type RunningInstance } from "./running-instance.js";
import { healed } from "./second-master.js";

/**
 * Stops: a master says priority 0 and keeps its addresses until another one has announced himself, or nobody can be
 * expected any more. `keep` false: they go at once.
 */
export function stop(instance: RunningInstance, now: number, keep: boolean, reason: TransitionReason): void {
  const { state, settings } = instance;
  if (state === "STOPPING" || state === "STOPPED") return;
  if (state !== "MASTER") {
    stopped(instance, now, reason);
    return;
  }
  instance.sayFarewell();
  instance.announcements.clear();
  healed(instance, false, now);
  instance.state = "STOPPING";
  instance.reason = reason;
  if (keep) instance.timer = now + handoverBound(settings.version, settings.advertInterval);
  else finishStop(instance, now);
}

/** The new master advertises: its announcements follow within a moment. */
export function successorHeard(instance: RunningInstance, now: number): void {
  instance.timer = Math.min(instance.timer, now + handoverSettle);
}

/** Somebody else has the addresses, or nobody wants them. */
export function finishStop(instance: RunningInstance, now: number): void {
  instance.remove();
  instance.counters.masterReleases += 1;
  stopped(instance, now, instance.reason);
}

function stopped(instance: RunningInstance, now: number, reason: TransitionReason): void {
  instance.timer = never;
  instance.announcements.clear();
  const from = instance.state === "STOPPING" ? "MASTER" : instance.state;
  instance.change("STOPPED", reason, now, "", from);
}
