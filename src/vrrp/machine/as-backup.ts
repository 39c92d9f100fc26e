import { skew } from "../timers.js";
import type { HeardAdvertisement, TransitionReason } from "../types.js";
import { becomeMaster } from "./mastership.js";
import type { RunningInstance } from "./running-instance.js";

/** A backup heard somebody who says he is master, or stops being it. */
export function heardAsBackup(instance: RunningInstance, heard: HeardAdvertisement, now: number): void {
  const { source } = heard;
  const { priority, interval } = heard.advertisement;
  const { name } = instance;
  const { preempt, preemptDelay, version } = instance.settings;
  if (priority === 0) {
    instance.log(`(${name}) Backup received priority 0 advertisement`, "detail");
    instance.masterStopped = true;
    instance.timer = now + skew(version, instance.priority, instance.masterInterval);
    return;
  }
  instance.master = { address: source, priority, at: now };
  const waits = preemptDelay > 0 && (instance.preemptAt === undefined || instance.preemptAt > now);
  if (preempt && priority < instance.priority && !waits) {
    instance.log(`(${name}) received lower priority (${priority}) advert from ${source} - discarding`);
    instance.discards = true;
    return;
  }
  instance.learnInterval(interval);
  instance.masterStopped = instance.discards = false;
  instance.timer = now + instance.masterDown;
  instance.wanted = "BACKUP";
  if (preemptDelay > 0) watchPreemptDelay(instance, priority, now);
}

/** preempt_delay begins with the first advertisement of a lower priority, and ends with one that isn't lower. */
function watchPreemptDelay(instance: RunningInstance, priority: number, now: number): void {
  const { name } = instance;
  const { preemptDelay } = instance.settings;
  if (priority >= instance.priority) {
    if (instance.preemptAt !== undefined) instance.log(`(${name}) stop preempt delay`, "detail");
    instance.preemptAt = undefined;
  } else if (instance.preemptAt === undefined) {
    instance.log(`(${name}) start preempt delay (${(preemptDelay / 1000).toFixed(6)})`, "detail");
    instance.preemptAt = now + preemptDelay;
  }
}

/** A backup's patience is over. */
export function stopWaiting(instance: RunningInstance, now: number): void {
  instance.log(`(${instance.name}) Receive advertisement timeout`, "detail");
  becomeMaster(instance, now, timeoutReason(instance));
}

function timeoutReason({ masterStopped, discards }: RunningInstance): TransitionReason {
  if (masterStopped) return "master-stopped";
  return discards ? "preempt" : "timeout";
}
