import type { HeardAdvertisement, TransitionReason } from "../types.js";
import { correct, leaveMaster } from "./mastership.js";
import { setPriority } from "./priority-change.js";
import type { RunningInstance } from "./running-instance.js";
import { healed, suspect } from "./second-master.js";

/**
 * A master heard another one: who has the higher priority stays it, and with the same priority who has the higher address.
 * @param own the other one uses our own address
 */
export function heardAsMaster(
  instance: RunningInstance,
  heard: HeardAdvertisement,
  now: number,
  own: boolean,
): void {
  const { advertisement, source } = heard;
  const { priority } = advertisement;
  const { name } = instance;
  if (own) {
    if (priority === instance.priority)
      instance.log(
        `(${name}) WARNING - equal priority advert received from remote host with our IP address.`,
        "warn",
      );
    suspect(instance, source, "same-address", advertisement.interval, now);
    if (priority <= instance.priority) return;
  }
  const higherAddress = instance.source ? source.compare(instance.source) > 0 : true;
  if (priority === 0) {
    instance.log(`(${name}) Master received priority 0 message`, "detail");
    instance.advertiseNow(now);
    return;
  }
  if (priority === 255 && instance.priority === 255) loseOwnership(instance, now);
  if (priority < instance.priority || (priority === instance.priority && !higherAddress)) {
    if (now < instance.listensUntil) leaveItSo(instance, heard, now);
    else heardLower(instance, heard, now);
    return;
  }
  if (instance.settings.higherPrioritySendAdvert) instance.advertiseNow(now);
  const higher = priority > instance.priority;
  const how = higher
    ? `with higher priority ${priority}, ours ${instance.priority}`
    : `with same priority ${priority} but higher IP address than ours`;
  instance.log(`(${name}) Master received advert from ${source} ${how}`);
  giveWay(instance, heard, higher ? "higher-priority" : "higher-address", now);
}

/** Two hosts can't both own the addresses: both are as good as others then. */
function loseOwnership(instance: RunningInstance, now: number): void {
  instance.log(
    `(${instance.name}) CONFIGURATION ERROR: local instance and a remote instance are both configured as address owner, please fix - reducing local priority`,
    "warn",
  );
  instance.ownerLost = true;
  setPriority(instance, 254, now);
}

/** It went on for a dead process, and another one was master before. */
function leaveItSo(instance: RunningInstance, heard: HeardAdvertisement, now: number): void {
  instance.log(`(${instance.name}) ${heard.source} has become master meanwhile; nopreempt leaves it so`);
  giveWay(instance, heard, "overtaken", now);
}

function giveWay(
  instance: RunningInstance,
  { advertisement, source }: HeardAdvertisement,
  reason: TransitionReason,
  now: number,
): void {
  instance.learnInterval(advertisement.interval);
  leaveMaster(instance, "BACKUP", reason, now);
  instance.master = { address: source, priority: advertisement.priority, at: now };
}

/** The other one, and who has listened to it, are told who is master. */
function heardLower(
  instance: RunningInstance,
  { advertisement, source }: HeardAdvertisement,
  now: number,
): void {
  const { priority, interval } = advertisement;
  const { lowerPriorityNoAdvert } = instance.settings;
  const again = lowerPriorityNoAdvert ? "" : ", forcing new election";
  instance.log(
    `(${instance.name}) Received advert from ${source} with lower priority ${priority}, ours ${instance.priority}${again}`,
  );
  if (!lowerPriorityNoAdvert) instance.advertiseNow(now);
  correct(instance, now);
  instance.group?.lowerPriorityHeard(instance, now);
  instance.push({ kind: "lower-priority-received", instance: instance.name, from: source, priority });
  const cause = priority === instance.priority ? "same-priority" : "not-heard";
  suspect(instance, source, cause, interval, now);
}

/** The next advertisement. Not later and later: it counts from when this one was due. */
export function advertiseInTurn(instance: RunningInstance, now: number): void {
  const { timer: due, settings } = instance;
  instance.advertise(instance.priority);
  instance.timer = Math.max(due + settings.advertInterval, now + settings.advertInterval / 2);
}

/** Announcements that are due, and the end of a second master that says nothing any more. */
export function lookAround(instance: RunningInstance, now: number): void {
  instance.push(...instance.announcements.tick(instance.settings, now));
  if (instance.splitBrain.deadline <= now) healed(instance, true, now);
}
