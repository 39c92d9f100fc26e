import type { IpAddress } from "../../wire/index.js";
import { explainCause } from "../split-brain.js";
import type { SplitBrainCause } from "../types.js";
import type { RunningInstance } from "./running-instance.js";

/**
 * While we are master another one was heard that doesn't give way. Just after a takeover the old master's last word may
 * cross our first: that is no second master.
 */
export function suspect(
  instance: RunningInstance,
  other: IpAddress,
  cause: SplitBrainCause,
  interval: number,
  now: number,
): void {
  const longer = Math.max(interval, instance.settings.advertInterval);
  if (now - instance.since < longer) return;
  const rival = instance.splitBrain.heard(other, cause, longer, now);
  if (!rival) return;
  instance.counters.splitBrains += 1;
  const text = explainCause(cause, other);
  instance.log(`(${instance.name}) split brain: ${text}`, "warn");
  instance.push({ kind: "split-brain", instance: instance.name, other, cause, text });
}

/** There is one master again. If it is us, whoever listened to the other one hears of us again. */
export function healed(instance: RunningInstance, remained: boolean, now: number): void {
  const rival = instance.splitBrain.end();
  if (!rival || !(remained || rival.reported)) return;
  if (remained) instance.push(...instance.announcements.begin(instance.settings, now));
  const how = remained ? "we remain master and announce ourselves again" : "we are master no more";
  instance.log(`(${instance.name}) ${rival.address} is no second master any more: ${how}`);
  instance.push({
    kind: "split-brain-healed",
    instance: instance.name,
    other: rival.address,
    remained,
  });
}
