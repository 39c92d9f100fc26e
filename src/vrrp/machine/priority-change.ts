import { skew } from "../timers.js";
import type { RunningInstance } from "./running-instance.js";

/** Tracking says something else. A backup's patience depends on its priority. */
export function setPriority(instance: RunningInstance, priority: number, now: number): void {
  const next = instance.ownerLost ? Math.min(priority, 254) : priority;
  const { priority: before, masterInterval, name } = instance;
  if (next === before) return;
  instance.log(`(${name}) Changing effective priority from ${before} to ${next}`);
  instance.priority = next;
  const { version } = instance.settings;
  if (instance.state === "BACKUP") {
    const longer = skew(version, next, masterInterval) - skew(version, before, masterInterval);
    instance.timer = Math.max(instance.timer + longer, now);
  }
  instance.push({ kind: "priority", instance: name, from: before, to: next });
}
