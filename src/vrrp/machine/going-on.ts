import { IpAddress } from "../../wire/index.js";
import type { InstanceSnapshot } from "./instance-snapshot.js";
import type { RunningInstance } from "./running-instance.js";

/**
 * Goes on where a process that died stopped, without a transition: a master sees to its addresses and advertises, a backup
 * waits as long as it would after an advertisement.
 * @param age of the snapshot; the process lived on after it for a time that nobody knows
 * @returns false if there is nothing to go on with
 */
export function goOn(
  instance: RunningInstance,
  snapshot: InstanceSnapshot,
  age: number,
  now: number,
): boolean {
  const { state } = snapshot;
  if (state !== "MASTER" && state !== "BACKUP" && state !== "FAULT") return false;
  instance.state = state;
  instance.wanted = snapshot.wanted;
  instance.priority = snapshot.priority;
  instance.since = snapshot.since;
  instance.reason = snapshot.reason;
  instance.counters = { ...instance.counters, ...snapshot.counters };
  instance.ownerLost = snapshot.ownerLost;
  instance.preemptAt = snapshot.preemptAt;
  if (state === "MASTER") goOnAsMaster(instance, age, now);
  else if (state === "BACKUP") goOnAsBackup(instance, snapshot, now);
  return true;
}

/**
 * With nopreempt a master that may have been overtaken listens for an interval first: who has become master meanwhile
 * stays it. It had advertised an interval before the snapshot at most, and is missed after three.
 */
function goOnAsMaster(instance: RunningInstance, age: number, now: number): void {
  const { settings } = instance;
  instance.push({ kind: "install", instance: instance.name, settings });
  instance.announcements.continue(settings, now);
  const listens = !settings.preempt && age > 2 * settings.advertInterval;
  instance.timer = instance.listensUntil = listens ? now + settings.advertInterval : now;
}

function goOnAsBackup(instance: RunningInstance, snapshot: InstanceSnapshot, now: number): void {
  if (instance.settings.version === 3) instance.masterInterval = snapshot.masterInterval;
  const { master } = snapshot;
  const address = master && IpAddress.parse(master.address);
  if (address) instance.master = { ...master, address };
  instance.timer = now + instance.masterDown;
}
