import { checkAdvertisement, type Refusal } from "../check.js";
import { causeOf } from "../split-brain.js";
import type { HeardAdvertisement } from "../types.js";
import { heardAsBackup } from "./as-backup.js";
import { heardAsMaster } from "./as-master.js";
import { successorHeard } from "./handing-over.js";
import type { RunningInstance } from "./running-instance.js";
import { suspect } from "./second-master.js";

/** An advertisement for its virtual router id, whatever it is worth. */
export function heardAdvertisement(instance: RunningInstance, heard: HeardAdvertisement, now: number): void {
  const { state, settings, counters } = instance;
  if (state === "STOPPED" || state === "FAULT" || state === "INIT") return;
  const own = instance.source?.equals(heard.source) ?? false;
  if (own) counters.ownAddressPackets += 1;
  const spares = state === "BACKUP" && settings.skipCheckAdvertAddresses;
  const checkAddresses = !spares || !instance.master?.address.equals(heard.source);
  const refusal = checkAdvertisement(settings, heard, checkAddresses);
  if (refusal) {
    refuse(instance, refusal, heard, now);
    return;
  }
  counters.receivedAdvertisements += 1;
  if (heard.checksum === "group" && instance.checksum === "pseudo") {
    instance.log(`(${instance.name}) Setting unicast VRRPv3 checksum to old version`);
    instance.checksum = "group";
  }
  const { priority } = heard.advertisement;
  if (priority === 0) counters.receivedPriorityZeroPackets += 1;
  if (state === "BACKUP") heardAsBackup(instance, heard, now);
  else if (state === "MASTER") heardAsMaster(instance, heard, now, own);
  else if (priority > 0 && !own) successorHeard(instance, now);
}

/** An advertisement that doesn't count. One who goes on sending such is a master that we don't hear. */
export function refuse(
  instance: RunningInstance,
  refusal: Refusal,
  heard: Pick<HeardAdvertisement, "source"> & Partial<HeardAdvertisement>,
  now: number,
): void {
  const { source, advertisement } = heard;
  instance.counters[refusal.reason] += 1;
  const line = instance.refusals.line(refusal, source.toString(), now);
  if (line !== undefined) instance.log(`(${instance.name}) ${line}`);
  const cause = refusal.cause ?? causeOf[refusal.reason];
  if (instance.state === "MASTER" && cause && (advertisement?.priority ?? 1) > 0)
    suspect(instance, source, cause, advertisement?.interval ?? 0, now);
}
