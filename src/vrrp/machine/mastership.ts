import type { TransitionReason } from "../types.js";
import { never, type RunningInstance } from "./running-instance.js";
import { healed } from "./second-master.js";

/** The advertisement first, so that the old master has its addresses off when ours are announced. */
export function becomeMaster(instance: RunningInstance, now: number, reason: TransitionReason): void {
  instance.wanted = "MASTER";
  if (instance.group && !instance.group.mayBecomeMaster(instance)) {
    instance.timer = now + instance.masterDown;
    return;
  }
  const { state: from, name, settings } = instance;
  instance.state = "MASTER";
  instance.masterInterval = settings.advertInterval;
  instance.masterStopped = instance.discards = false;
  instance.advertise(instance.priority);
  instance.log(`(${name}) Entering MASTER STATE`);
  instance.log(`(${name}) setting VIPs.`, "detail");
  instance.counters.masterTransitions += 1;
  instance.push({ kind: "install", instance: name, settings });
  instance.push(...instance.announcements.begin(settings, now));
  instance.splitBrain.end();
  instance.master = undefined;
  instance.timer = now + settings.advertInterval;
  instance.change("MASTER", reason, now, "", from);
}

/** @param text what a FAULT is due to */
export function leaveMaster(
  instance: RunningInstance,
  to: "BACKUP" | "FAULT",
  reason: TransitionReason,
  now: number,
  text = "",
): void {
  instance.wanted = to;
  instance.log(`(${instance.name}) Entering ${to} STATE`);
  instance.preemptAt = undefined;
  if (to === "FAULT") instance.sayFarewell();
  healed(instance, false, now);
  instance.remove();
  instance.counters.masterReleases += 1;
  instance.masterStopped = instance.discards = false;
  instance.timer = to === "BACKUP" ? now + instance.masterDown : never;
  instance.change(to, reason, now, text);
}

/** Announces itself after another master with a lower priority was heard, be it by another member of its group. */
export function correct(instance: RunningInstance, now: number): void {
  if (instance.state === "MASTER") instance.push(...instance.announcements.correct(instance.settings, now));
}
