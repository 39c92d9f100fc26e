import type { VrrpInstance } from "../config/keepalived/model/index.js";
import { IpAddress, type VrrpChecksum } from "../wire/index.js";
import { Announcements } from "./announcements.js";
import { checkAdvertisement, isUnicast, type Refusal } from "./check.js";
import { noCounts } from "./counters.js";
import { advertise } from "./packets.js";
import { RefusalLog } from "./refusal-log.js";
import { type InstanceSnapshot, instanceSnapshot } from "./snapshot.js";
import { causeOf, explainCause, SplitBrainWatch } from "./split-brain.js";
import { handoverBound, handoverSettle, masterDown, skew } from "./timers.js";
import type {
  HeardAdvertisement,
  SplitBrainCause,
  TransitionReason,
  VrrpAction,
  VrrpCounters,
  VrrpState,
} from "./types.js";

/** What an instance must know of the sync group it is in. */
export interface GroupView {
  /** Whether all other members want to be master, or the group is. */
  mayBecomeMaster(member: VrrpMachine): boolean;
  /** A member heard a lower-priority master: the others announce themselves as well. */
  lowerPriorityHeard(member: VrrpMachine, now: number): void;
}

const never = Number.POSITIVE_INFINITY;

/**
 * One virtual router (RFC 5798 6.4, as keepalived 2.2.7 does it) with its clock and its doings outside: methods are told the
 * time in milliseconds (never going back) and push what is to be done. {@link VrrpRouter} drives it.
 *
 * `wanted` differs from `state` while a sync group holds it back.
 */
export class VrrpMachine {
  settings: VrrpInstance;
  state: VrrpState = "INIT";
  wanted: "BACKUP" | "MASTER" | "FAULT";
  /** Effective. */
  priority: number;
  /** Where advertisements come from; undefined: not before there is one. */
  source: IpAddress | undefined;
  /** The master as it was heard last; undefined: nobody yet, or we are it. */
  master: { readonly address: IpAddress; readonly priority: number; readonly at: number } | undefined;
  /** What the master said its interval is (version 3), else ours. */
  masterInterval: number;
  counters: VrrpCounters = noCounts();
  group: GroupView | undefined;
  /** Of the last transition. */
  since = 0;
  /** Why its state is what it is. */
  reason: TransitionReason = "start";
  /** When a preempt_delay is over; undefined: none runs. */
  preemptAt: number | undefined;

  readonly #emit: (action: VrrpAction) => void;
  #multicastGroup: IpAddress;
  #checksum: VrrpChecksum = "pseudo";
  readonly #announcements = new Announcements();
  readonly #splitBrain = new SplitBrainWatch();
  readonly #refusals = new RefusalLog();
  /** The next advertisement of a master, the end of a backup's patience, the bound of a stop. */
  #timer = never;
  /** Two owners were seen: we are none any more. */
  #ownerLost = false;
  /** Until when a master that goes on for a dead process gives way to anybody. */
  #listensUntil = Number.NEGATIVE_INFINITY;
  /** The master's last word was priority 0. */
  #masterStopped = false;
  /** There is a master, whose advertisements don't count because its priority is lower. */
  #discards = false;

  constructor(settings: VrrpInstance, multicastGroup: IpAddress, emit: (action: VrrpAction) => void) {
    this.settings = settings;
    this.#multicastGroup = multicastGroup;
    this.#emit = emit;
    this.wanted = settings.state;
    this.priority = settings.priority;
    this.masterInterval = settings.advertInterval;
    this.#checksum = settings.oldUnicastChecksum ? "group" : "pseudo";
  }

  get name(): string {
    return this.settings.name;
  }

  /** When {@link tick} is to be called; infinite: not at all. */
  get deadline(): number {
    return Math.min(this.#timer, this.#announcements.deadline, this.#splitBrain.deadline);
  }

  get rival() {
    return this.#splitBrain.rival;
  }

  /** 254 at most, once another owner was seen. */
  get owner(): boolean {
    return this.settings.priority === 255 && !this.#ownerLost;
  }

  /** How long it would wait for the next advertisement. */
  get masterDown(): number {
    const { version, downTimerAdverts } = this.settings;
    return masterDown(version, this.priority, this.masterInterval, downTimerAdverts);
  }

  /** Takes what a former run may have left off the interfaces. */
  clear(): void {
    this.#remove();
  }

  /** From INIT or FAULT; `wait`: a startup delay in milliseconds. An owner becomes master at once. */
  rise(now: number, reason: TransitionReason, wait = 0): void {
    const init = this.state === "INIT";
    if (!init) this.wanted = this.owner ? "MASTER" : "BACKUP";
    this.masterInterval = this.settings.advertInterval;
    this.preemptAt = undefined;
    if (this.owner && wait === 0 && (!this.group || this.group.mayBecomeMaster(this))) {
      this.becomeMaster(now, "owner");
      return;
    }
    this.#log("info", `(${this.name}) Entering BACKUP STATE${init ? " (init)" : ""}`);
    this.#change("BACKUP", reason, now);
    // A member whose file says MASTER makes sure that there is none, and no more (the group begins as BACKUP).
    const eager = init && this.group !== undefined && this.settings.state === "MASTER";
    const patience = eager
      ? this.masterInterval + skew(this.settings.version, 255, this.masterInterval)
      : this.masterDown;
    this.#timer = now + wait + patience;
    // Its neighbour entry may be gone at the master, whose advertisements would then come late.
    if (!init && isUnicast(this.settings) && this.source)
      this.#push({
        kind: "announce-source",
        instance: this.name,
        settings: this.settings,
        source: this.source,
      });
  }

  /** To FAULT, from anything but a stop. */
  fault(now: number, reason: TransitionReason, text: string): void {
    const { state } = this;
    if (state === "FAULT" || state === "STOPPING" || state === "STOPPED") return;
    this.wanted = "FAULT";
    if (state === "MASTER") {
      this.#leaveMaster("FAULT", reason, now, text);
      return;
    }
    this.#log("info", `(${this.name}) Entering FAULT STATE${state === "INIT" ? " (init)" : ""}`);
    this.#timer = never;
    this.#change("FAULT", reason, now, text);
  }

  /** A master gives way because its sync group does. */
  toBackup(now: number): void {
    this.wanted = "BACKUP";
    if (this.state === "MASTER") this.#leaveMaster("BACKUP", "sync-group", now);
  }

  setPriority(priority: number, now: number): void {
    const next = this.#ownerLost ? Math.min(priority, 254) : priority;
    if (next === this.priority) return;
    const before = this.priority;
    this.#log("info", `(${this.name}) Changing effective priority from ${before} to ${next}`);
    this.priority = next;
    const { version } = this.settings;
    if (this.state === "BACKUP")
      this.#timer += skew(version, next, this.masterInterval) - skew(version, before, this.masterInterval);
    this.#push({ kind: "priority", instance: this.name, from: before, to: next });
    if (this.state === "BACKUP") this.#timer = Math.max(this.#timer, now);
  }

  /** The advertisement first, so that the old master has its addresses off when ours are announced. */
  becomeMaster(now: number, reason: TransitionReason): void {
    this.wanted = "MASTER";
    if (this.group && !this.group.mayBecomeMaster(this)) {
      this.#timer = now + this.masterDown;
      return;
    }
    const from = this.state;
    this.state = "MASTER";
    this.masterInterval = this.settings.advertInterval;
    this.#masterStopped = this.#discards = false;
    this.#advertise(this.priority);
    this.#log("info", `(${this.name}) Entering MASTER STATE`);
    this.#log("info", `(${this.name}) setting VIPs.`, true);
    this.counters.masterTransitions += 1;
    this.#push({ kind: "install", instance: this.name, settings: this.settings });
    this.#pushAll(this.#announcements.begin(this.settings, now));
    this.#splitBrain.end();
    this.master = undefined;
    this.#timer = now + this.settings.advertInterval;
    this.#change("MASTER", reason, now, "", from);
  }

  /** Announces itself after another master with a lower priority was heard, be it by another member of its group. */
  correct(now: number): void {
    if (this.state === "MASTER") this.#pushAll(this.#announcements.correct(this.settings, now));
  }

  /** An advertisement for its virtual router id, whatever it is worth. */
  heard(heard: HeardAdvertisement, now: number): void {
    if (this.state === "STOPPED" || this.state === "FAULT" || this.state === "INIT") return;
    const own = this.source?.equals(heard.source) ?? false;
    if (own) this.counters.ownAddressPackets += 1;
    const seen = this.state === "BACKUP" && this.settings.skipCheckAdvertAddresses;
    const refusal = checkAdvertisement(
      this.settings,
      heard,
      !seen || !this.master?.address.equals(heard.source),
    );
    if (refusal) {
      this.refuse(refusal, heard, now);
      return;
    }
    this.counters.receivedAdvertisements += 1;
    if (heard.checksum === "group" && this.#checksum === "pseudo") {
      this.#log("info", `(${this.name}) Setting unicast VRRPv3 checksum to old version`);
      this.#checksum = "group";
    }
    if (heard.advertisement.priority === 0) this.counters.receivedPriorityZeroPackets += 1;
    if (this.state === "BACKUP") this.#heardAsBackup(heard, now);
    else if (this.state === "MASTER") this.#heardAsMaster(heard, now, own);
    else if (heard.advertisement.priority > 0 && !own)
      this.#timer = Math.min(this.#timer, now + handoverSettle);
  }

  /** An advertisement that doesn't count. One who goes on sending such is a master that we don't hear. */
  refuse(
    refusal: Refusal,
    heard: Pick<HeardAdvertisement, "source"> & Partial<HeardAdvertisement>,
    now: number,
  ): void {
    this.counters[refusal.reason] += 1;
    const line = this.#refusals.line(refusal, heard.source.toString(), now);
    if (line !== undefined) this.#log("info", `(${this.name}) ${line}`);
    const cause = refusal.cause ?? causeOf[refusal.reason];
    if (this.state === "MASTER" && cause && (heard.advertisement?.priority ?? 1) > 0)
      this.#suspect(heard.source, cause, heard.advertisement?.interval ?? 0, now);
  }

  /** Somebody else told the network that an address of ours is his (gratuitous ARP, unsolicited neighbour advertisement). */
  addressAnnounced(now: number): void {
    if (this.state === "STOPPING") this.#finishStop(now);
  }

  tick(now: number): void {
    if (this.#timer <= now) {
      if (this.state === "BACKUP") {
        this.#log("info", `(${this.name}) Receive advertisement timeout`, true);
        this.becomeMaster(now, this.#timeoutReason());
      } else if (this.state === "MASTER") {
        // Not later and later: the next one counts from when this one was due.
        const due = this.#timer;
        this.#advertise(this.priority);
        this.#timer = Math.max(due + this.settings.advertInterval, now + this.settings.advertInterval / 2);
      } else if (this.state === "STOPPING") this.#finishStop(now);
    }
    if (this.state !== "MASTER") return;
    this.#pushAll(this.#announcements.tick(this.settings, now));
    if (this.#splitBrain.deadline <= now) this.#healed(true, now);
  }

  /**
   * Stops: a master says priority 0 and keeps its addresses until another one has announced himself, or nobody can be
   * expected any more. `keep` false: they go at once.
   */
  stop(now: number, keep = true, reason: TransitionReason = "stop"): void {
    const { state } = this;
    if (state === "STOPPING" || state === "STOPPED") return;
    if (state !== "MASTER") {
      this.#stopped(now, reason);
      return;
    }
    this.#advertise(0);
    this.#log("info", `(${this.name}) sent 0 priority`, true);
    this.#announcements.clear();
    this.#healed(false, now);
    this.state = "STOPPING";
    this.reason = reason;
    this.#timer = now + (keep ? handoverBound(this.settings.version, this.settings.advertInterval) : 0);
    if (!keep) this.#finishStop(now);
  }

  /** New settings for the same virtual router; its state stays what it is. */
  reconfigure(settings: VrrpInstance, multicastGroup: IpAddress, now: number): void {
    const before = this.settings;
    this.settings = settings;
    this.#multicastGroup = multicastGroup;
    if (settings.oldUnicastChecksum) this.#checksum = "group";
    if (settings.priority !== before.priority) this.#ownerLost = false;
    if (this.state === "MASTER") {
      this.#push({ kind: "replace", instance: this.name, before, after: settings });
      this.masterInterval = settings.advertInterval;
      if (gained(before, settings)) this.#pushAll(this.#announcements.begin(settings, now));
      else this.#announcements.continue(settings, now);
      this.#timer = now;
    } else if (this.state === "BACKUP") {
      if (settings.version === 2 || !this.master) this.masterInterval = settings.advertInterval;
      this.#timer = now + this.masterDown;
      if (settings.preemptDelay === 0) this.preemptAt = undefined;
    }
  }

  snapshot(): InstanceSnapshot {
    return instanceSnapshot(this, this.#timer, this.#ownerLost);
  }

  /**
   * Goes on where a process that died stopped, without a transition: a master sees to its addresses and advertises, a backup
   * waits as long as it would after an advertisement. With nopreempt a master that may have been overtaken listens for an
   * interval first: who has become master meanwhile stays it.
   * @param age of the snapshot; the process lived on after it for a time that nobody knows
   * @returns false if there is nothing to go on with
   */
  resume(snapshot: InstanceSnapshot, age: number, now: number): boolean {
    const { state } = snapshot;
    if (state !== "MASTER" && state !== "BACKUP" && state !== "FAULT") return false;
    this.state = state;
    this.wanted = snapshot.wanted;
    this.priority = snapshot.priority;
    this.since = snapshot.since;
    this.reason = snapshot.reason;
    this.counters = { ...this.counters, ...snapshot.counters };
    this.#ownerLost = snapshot.ownerLost;
    this.preemptAt = snapshot.preemptAt;
    if (state === "FAULT") return true;
    if (state === "MASTER") {
      this.#push({ kind: "install", instance: this.name, settings: this.settings });
      this.#announcements.continue(this.settings, now);
      // It had advertised an interval before the snapshot at most, and is missed after three.
      const { preempt, advertInterval } = this.settings;
      const listens = !preempt && age > 2 * advertInterval;
      this.#timer = this.#listensUntil = listens ? now + advertInterval : now;
      return true;
    }
    if (this.settings.version === 3) this.masterInterval = snapshot.masterInterval;
    if (snapshot.master) {
      const address = IpAddress.parse(snapshot.master.address);
      if (address) this.master = { ...snapshot.master, address };
    }
    this.#timer = now + this.masterDown;
    return true;
  }

  #heardAsBackup({ advertisement, source }: HeardAdvertisement, now: number): void {
    const { priority, interval } = advertisement;
    const { preempt, preemptDelay, version } = this.settings;
    if (priority === 0) {
      this.#log("info", `(${this.name}) Backup received priority 0 advertisement`, true);
      this.#masterStopped = true;
      this.#timer = now + skew(version, this.priority, this.masterInterval);
      return;
    }
    this.master = { address: source, priority, at: now };
    const waits = preemptDelay > 0 && (this.preemptAt === undefined || this.preemptAt > now);
    if (preempt && priority < this.priority && !waits) {
      const text = `(${this.name}) received lower priority (${priority}) advert from ${source} - discarding`;
      this.#log("info", text);
      this.#discards = true;
      return;
    }
    if (version === 3) this.#learnInterval(interval);
    this.#masterStopped = this.#discards = false;
    this.#timer = now + this.masterDown;
    this.wanted = "BACKUP";
    if (preemptDelay === 0) return;
    if (priority >= this.priority) {
      if (this.preemptAt !== undefined) this.#log("info", `(${this.name}) stop preempt delay`, true);
      this.preemptAt = undefined;
    } else if (this.preemptAt === undefined) {
      this.#log("info", `(${this.name}) start preempt delay (${(preemptDelay / 1000).toFixed(6)})`, true);
      this.preemptAt = now + preemptDelay;
    }
  }

  #heardAsMaster(heard: HeardAdvertisement, now: number, own: boolean): void {
    const { advertisement, source } = heard;
    const { priority } = advertisement;
    if (own) {
      if (priority === this.priority)
        this.#log(
          "warn",
          `(${this.name}) WARNING - equal priority advert received from remote host with our IP address.`,
        );
      this.#suspect(source, "same-address", advertisement.interval, now);
      if (priority <= this.priority) return;
    }
    const higherAddress = this.source ? source.compare(this.source) > 0 : true;
    if (priority === 0) {
      this.#log("info", `(${this.name}) Master received priority 0 message`, true);
      this.#advertiseNow(now);
      return;
    }
    if (priority === 255 && this.priority === 255) {
      this.#log(
        "warn",
        `(${this.name}) CONFIGURATION ERROR: local instance and a remote instance are both configured as address owner, please fix - reducing local priority`,
      );
      this.#ownerLost = true;
      this.setPriority(254, now);
    }
    if (priority < this.priority || (priority === this.priority && !higherAddress)) {
      this.#heardLower(heard, now);
      return;
    }
    if (this.settings.higherPrioritySendAdvert) this.#advertiseNow(now);
    const how =
      priority > this.priority
        ? `with higher priority ${priority}, ours ${this.priority}`
        : `with same priority ${priority} but higher IP address than ours`;
    this.#log("info", `(${this.name}) Master received advert from ${source} ${how}`);
    const reason = priority > this.priority ? "higher-priority" : "higher-address";
    if (this.settings.version === 3) this.#learnInterval(advertisement.interval);
    this.wanted = "BACKUP";
    this.#leaveMaster("BACKUP", reason, now);
    this.master = { address: source, priority, at: now };
  }

  #heardLower({ advertisement, source }: HeardAdvertisement, now: number): void {
    const { priority, interval } = advertisement;
    if (now < this.#listensUntil) {
      this.#log("info", `(${this.name}) ${source} has become master meanwhile; nopreempt leaves it so`);
      if (this.settings.version === 3) this.#learnInterval(interval);
      this.wanted = "BACKUP";
      this.#leaveMaster("BACKUP", "overtaken", now);
      this.master = { address: source, priority, at: now };
      return;
    }
    const { lowerPriorityNoAdvert } = this.settings;
    const again = lowerPriorityNoAdvert ? "" : ", forcing new election";
    this.#log(
      "info",
      `(${this.name}) Received advert from ${source} with lower priority ${priority}, ours ${this.priority}${again}`,
    );
    if (!lowerPriorityNoAdvert) this.#advertiseNow(now);
    this.correct(now);
    this.group?.lowerPriorityHeard(this, now);
    this.#push({ kind: "lower-priority-received", instance: this.name, from: source, priority });
    this.#suspect(source, priority === this.priority ? "same-priority" : "not-heard", interval, now);
  }

  /** Just after a takeover the old master's last word may cross our first: that is no second master. */
  #suspect(other: IpAddress, cause: SplitBrainCause, interval: number, now: number): void {
    const longer = Math.max(interval, this.settings.advertInterval);
    if (now - this.since < longer) return;
    const rival = this.#splitBrain.heard(other, cause, longer, now);
    if (!rival) return;
    this.counters.splitBrains += 1;
    const text = explainCause(cause, other);
    this.#log("warn", `(${this.name}) split brain: ${text}`);
    this.#push({ kind: "split-brain", instance: this.name, other, cause, text });
  }

  /** Whoever listened to the other one hears of us again. */
  #healed(remained: boolean, now: number): void {
    const rival = this.#splitBrain.end();
    if (!rival || !(remained || rival.reported)) return;
    if (remained) this.#pushAll(this.#announcements.begin(this.settings, now));
    const how = remained ? "we remain master and announce ourselves again" : "we are master no more";
    this.#log("info", `(${this.name}) ${rival.address} is no second master any more: ${how}`);
    this.#push({ kind: "split-brain-healed", instance: this.name, other: rival.address, remained });
  }

  #leaveMaster(to: "BACKUP" | "FAULT", reason: TransitionReason, now: number, text = ""): void {
    this.#log("info", `(${this.name}) Entering ${to} STATE`);
    this.preemptAt = undefined;
    if (to === "FAULT") {
      this.#advertise(0);
      this.#log("info", `(${this.name}) sent 0 priority`, true);
    }
    this.#healed(false, now);
    this.#remove();
    this.counters.masterReleases += 1;
    this.#masterStopped = this.#discards = false;
    this.#timer = to === "BACKUP" ? now + this.masterDown : never;
    this.#change(to, reason, now, text);
  }

  #finishStop(now: number): void {
    this.#remove();
    this.counters.masterReleases += 1;
    this.#stopped(now, this.reason);
  }

  #stopped(now: number, reason: TransitionReason): void {
    this.#timer = never;
    this.#announcements.clear();
    const from = this.state === "STOPPING" ? "MASTER" : this.state;
    this.#change("STOPPED", reason, now, "", from);
  }

  #remove(): void {
    this.#announcements.clear();
    this.#log("info", `(${this.name}) removing VIPs.`, true);
    this.#push({ kind: "remove", instance: this.name, settings: this.settings });
  }

  #learnInterval(interval: number): void {
    if (interval === this.masterInterval) return;
    this.#log(
      "info",
      `(${this.name}) advertisement interval updated from ${this.masterInterval}ms to ${interval}ms by master`,
      true,
    );
    this.masterInterval = interval;
  }

  #timeoutReason(): TransitionReason {
    if (this.#masterStopped) return "master-stopped";
    return this.#discards ? "preempt" : "timeout";
  }

  /** Out of turn; the next one is an interval later. */
  #advertiseNow(now: number): void {
    this.#advertise(this.priority);
    this.#timer = now + this.settings.advertInterval;
  }

  #advertise(priority: number): void {
    if (!this.source) return;
    this.counters.sentAdvertisements += 1;
    if (priority === 0) this.counters.sentPriorityZeroPackets += 1;
    this.#push(advertise(this.settings, priority, this.source, this.#multicastGroup, this.#checksum));
  }

  #change(to: VrrpState, reason: TransitionReason, now: number, text = "", from = this.state): void {
    this.state = to;
    this.since = now;
    this.reason = reason;
    const { name, priority } = this;
    this.#push({ kind: "transition", instance: name, from, to, priority, reason, text });
  }

  #log(level: "info" | "warn", text: string, detail = false): void {
    this.#push({ kind: "log", level, detail, text, instance: this.name });
  }

  #push(action: VrrpAction): void {
    this.#emit(action);
  }

  #pushAll(actions: readonly VrrpAction[]): void {
    for (const action of actions) this.#emit(action);
  }
}

/** Whether there are addresses that the interface doesn't have yet. */
function gained(before: VrrpInstance, after: VrrpInstance): boolean {
  const had = new Set(
    [...before.addresses, ...before.excludedAddresses].map(
      (entry) => `${entry.address} ${entry.device ?? ""}`,
    ),
  );
  return [...after.addresses, ...after.excludedAddresses].some(
    (entry) => !had.has(`${entry.address} ${entry.device ?? ""}`),
  );
}
