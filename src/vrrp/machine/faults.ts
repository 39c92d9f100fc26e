import { isUnicast } from "../check.js";
import { skew } from "../timers.js";
import type { TransitionReason } from "../types.js";
import { becomeMaster, leaveMaster } from "./mastership.js";
import { never, type RunningInstance } from "./running-instance.js";

/** To FAULT, from anything but a stop. */
export function fault(instance: RunningInstance, now: number, reason: TransitionReason, text: string): void {
  const { state } = instance;
  if (state === "FAULT" || state === "STOPPING" || state === "STOPPED") return;
  if (state === "MASTER") {
    leaveMaster(instance, "FAULT", reason, now, text);
    return;
  }
  instance.wanted = "FAULT";
  instance.log(`(${instance.name}) Entering FAULT STATE${state === "INIT" ? " (init)" : ""}`);
  instance.timer = never;
  instance.change("FAULT", reason, now, text);
}

/** From INIT or FAULT; `wait`: a startup delay in milliseconds. An owner becomes master at once. */
export function rise(instance: RunningInstance, now: number, reason: TransitionReason, wait = 0): void {
  const { settings, group } = instance;
  const init = instance.state === "INIT";
  if (!init) instance.wanted = instance.owner ? "MASTER" : "BACKUP";
  instance.masterInterval = settings.advertInterval;
  instance.preemptAt = undefined;
  if (instance.owner && wait === 0 && (!group || group.mayBecomeMaster(instance))) {
    becomeMaster(instance, now, "owner");
    return;
  }
  instance.log(`(${instance.name}) Entering BACKUP STATE${init ? " (init)" : ""}`);
  instance.change("BACKUP", reason, now);
  instance.timer = now + wait + firstPatience(instance, init);
  // Its neighbour entry may be gone at the master, whose advertisements would then come late.
  if (!init && isUnicast(settings) && instance.source)
    instance.push({ kind: "announce-source", instance: instance.name, settings, source: instance.source });
}

/** A member whose file says MASTER makes sure that there is none, and no more (the group begins as BACKUP). */
function firstPatience(instance: RunningInstance, init: boolean): number {
  const { settings, group, masterInterval, masterDown } = instance;
  const eager = init && group !== undefined && settings.state === "MASTER";
  return eager ? masterInterval + skew(settings.version, 255, masterInterval) : masterDown;
}
