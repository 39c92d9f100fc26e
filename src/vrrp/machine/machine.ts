import type { VrrpInstance } from "../../config/keepalived/model/index.js";
import type { IpAddress } from "../../wire/index.js";
import type { Refusal } from "../check.js";
import type { HeardAdvertisement, TransitionReason } from "../types.js";
import { stopWaiting } from "./as-backup.js";
import { advertiseInTurn, lookAround } from "./as-master.js";
import { fault, rise } from "./faults.js";
import { goOn } from "./going-on.js";
import { finishStop, stop } from "./handing-over.js";
import { heardAdvertisement, refuse } from "./hearing.js";
import { type InstanceSnapshot, instanceSnapshot } from "./instance-snapshot.js";
import { becomeMaster, correct, leaveMaster } from "./mastership.js";
import { setPriority } from "./priority-change.js";
import { reconfigure } from "./reconfigure.js";
import { RunningInstance } from "./running-instance.js";

/**
 * One virtual router (RFC 5798 6.4, as keepalived 2.2.7 does it) with its clock and its doings outside: methods are told the
 * time in milliseconds (never going back) and push what is to be done. {@link VrrpRouter} drives it. This is all that can
 * happen to it; what it then does is in the files beside.
 */
export class VrrpMachine extends RunningInstance {
  /** Takes what a former run may have left off the interfaces. */
  clear(): void {
    this.remove();
  }

  /** Begins, from INIT or FAULT; `wait`: a startup delay in milliseconds. */
  rise(now: number, reason: TransitionReason, wait = 0): void {
    rise(this, now, reason, wait);
  }

  /** @param text what it is due to */
  fault(now: number, reason: TransitionReason, text: string): void {
    fault(this, now, reason, text);
  }

  /** As far as its sync group lets it. */
  becomeMaster(now: number, reason: TransitionReason): void {
    becomeMaster(this, now, reason);
  }

  /** A master gives way because its sync group does. */
  toBackup(now: number): void {
    this.wanted = "BACKUP";
    if (this.state === "MASTER") leaveMaster(this, "BACKUP", "sync-group", now);
  }

  setPriority(priority: number, now: number): void {
    setPriority(this, priority, now);
  }

  /** Another member of its group has heard a master with a lower priority. */
  correct(now: number): void {
    correct(this, now);
  }

  /** An advertisement for its virtual router id, whatever it is worth. */
  heard(heard: HeardAdvertisement, now: number): void {
    heardAdvertisement(this, heard, now);
  }

  /** One that couldn't even be read. */
  refuse(refusal: Refusal, heard: Pick<HeardAdvertisement, "source">, now: number): void {
    refuse(this, refusal, heard, now);
  }

  /** Somebody else told the network that an address of ours is his (gratuitous ARP, unsolicited neighbour advertisement). */
  addressAnnounced(now: number): void {
    if (this.state === "STOPPING") finishStop(this, now);
  }

  /** The clock has reached its {@link deadline}. */
  tick(now: number): void {
    if (this.timer <= now) {
      if (this.state === "BACKUP") stopWaiting(this, now);
      else if (this.state === "MASTER") advertiseInTurn(this, now);
      else if (this.state === "STOPPING") finishStop(this, now);
    }
    if (this.state === "MASTER") lookAround(this, now);
  }

  /** `keep` false: addresses go without waiting for the other router. */
  stop(now: number, keep = true, reason: TransitionReason = "stop"): void {
    stop(this, now, keep, reason);
  }

  /** New settings for the same virtual router; its state stays what it is. */
  reconfigure(settings: VrrpInstance, multicastGroup: IpAddress, now: number): void {
    reconfigure(this, settings, multicastGroup, now);
  }

  snapshot(): InstanceSnapshot {
    return instanceSnapshot(this);
  }

  /** @returns false if there is nothing to go on with */
  resume(snapshot: InstanceSnapshot, age: number, now: number): boolean {
    return goOn(this, snapshot, age, now);
  }
}
