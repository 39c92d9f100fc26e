import type { VrrpInstance } from "../../config/keepalived/model/index.js";
import type { IpAddress } from "../../wire/index.js";
import { virtualAddresses } from "../virtual-addresses.js";
import type { RunningInstance } from "./running-instance.js";

/** New settings for the same virtual router; its state stays what it is. */
export function reconfigure(
  instance: RunningInstance,
  settings: VrrpInstance,
  multicastGroup: IpAddress,
  now: number,
): void {
  const { settings: before, state } = instance;
  instance.settings = settings;
  instance.multicastGroup = multicastGroup;
  if (settings.oldUnicastChecksum) instance.checksum = "group";
  if (settings.priority !== before.priority) instance.ownerLost = false;
  if (state === "MASTER") {
    instance.push({ kind: "replace", instance: instance.name, before, after: settings });
    instance.masterInterval = settings.advertInterval;
    if (gained(before, settings)) instance.push(...instance.announcements.begin(settings, now));
    else instance.announcements.continue(settings, now);
    instance.timer = now;
  } else if (state === "BACKUP") {
    if (settings.version === 2 || !instance.master) instance.masterInterval = settings.advertInterval;
    instance.timer = now + instance.masterDown;
    if (settings.preemptDelay === 0) instance.preemptAt = undefined;
  }
}

/** Whether there are addresses that the interface doesn't have yet. */
function gained(before: VrrpInstance, after: VrrpInstance): boolean {
  const had = new Set(placesOf(before));
  return placesOf(after).some((place) => !had.has(place));
}

const placesOf = (settings: VrrpInstance): string[] =>
  virtualAddresses(settings).map(({ address, device }) => `${address} ${device ?? ""}`);
