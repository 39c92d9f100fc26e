import type { VrrpInstance } from "../../config/keepalived/model/index.js";
import type { IpAddress, VrrpChecksum } from "../../wire/index.js";
import { Announcements } from "../announcements.js";
import { noCounts } from "../counters.js";
import { advertise } from "../packets.js";
import { RefusalLog } from "../refusal-log.js";
import { type Rival, SplitBrainWatch } from "../split-brain.js";
import { masterDown } from "../timers.js";
import type { TransitionReason, VrrpAction, VrrpCounters, VrrpState } from "../types.js";

/** What an instance must know of the sync group it is in. */
export interface GroupView {
  /** Whether all other members want to be master, or the group is. */
  mayBecomeMaster(member: RunningInstance): boolean;
  /** A member heard a lower-priority master: the others announce themselves as well. */
  lowerPriorityHeard(member: RunningInstance, now: number): void;
}

export const never = Number.POSITIVE_INFINITY;

/** The master as it was heard last. */
interface HeardMaster {
  readonly address: IpAddress;
  readonly priority: number;
  readonly at: number;
}

/**
 * What an instance is while it runs, and the single things it can do and say. What it does when is told in the files beside
 * this one, each of which has one part of its life.
 */
export class RunningInstance {
  settings: VrrpInstance;
  state: VrrpState = "INIT";
  /** Differs from `state` while a sync group holds it back. */
  wanted: "BACKUP" | "MASTER" | "FAULT";
  /** Effective. */
  priority: number;
  /** Where advertisements come from; undefined: not before there is one. */
  source: IpAddress | undefined;
  /** Undefined: nobody was heard yet, or we are it. */
  master: HeardMaster | undefined;
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

  multicastGroup: IpAddress;
  checksum: VrrpChecksum;
  /** The next advertisement of a master, the end of a backup's patience, the bound of a stop. */
  timer = never;
  /** Two owners were seen: we are none any more. */
  ownerLost = false;
  /** Until when a master that goes on for a dead process gives way to anybody. */
  listensUntil = Number.NEGATIVE_INFINITY;
  /** The master's last word was priority 0. */
  masterStopped = false;
  /** There is a master, whose advertisements don't count because its priority is lower. */
  discards = false;
  readonly announcements = new Announcements();
  readonly splitBrain = new SplitBrainWatch();
  readonly refusals = new RefusalLog();
  readonly #emit: (action: VrrpAction) => void;

  constructor(settings: VrrpInstance, multicastGroup: IpAddress, emit: (action: VrrpAction) => void) {
    this.settings = settings;
    this.multicastGroup = multicastGroup;
    this.#emit = emit;
    this.wanted = settings.state;
    this.priority = settings.priority;
    this.masterInterval = settings.advertInterval;
    this.checksum = settings.oldUnicastChecksum ? "group" : "pseudo";
  }

  get name(): string {
    return this.settings.name;
  }

  /** When something is due; infinite: nothing is. */
  get deadline(): number {
    return Math.min(this.timer, this.announcements.deadline, this.splitBrain.deadline);
  }

  get rival(): Readonly<Rival> | undefined {
    return this.splitBrain.rival;
  }

  /** 254 at most, once another owner was seen. */
  get owner(): boolean {
    return this.settings.priority === 255 && !this.ownerLost;
  }

  /** How long it would wait for the next advertisement. */
  get masterDown(): number {
    const { version, downTimerAdverts } = this.settings;
    return masterDown(version, this.priority, this.masterInterval, downTimerAdverts);
  }

  /** Version 3: a master says what its interval is; version 2 refuses another one. */
  learnInterval(interval: number): void {
    if (this.settings.version !== 3 || interval === this.masterInterval) return;
    this.log(
      `(${this.name}) advertisement interval updated from ${this.masterInterval}ms to ${interval}ms by master`,
      "detail",
    );
    this.masterInterval = interval;
  }

  advertise(priority: number): void {
    if (!this.source) return;
    this.counters.sentAdvertisements += 1;
    if (priority === 0) this.counters.sentPriorityZeroPackets += 1;
    this.push(advertise(this.settings, priority, this.source, this.multicastGroup, this.checksum));
  }

  /** Out of turn; the next one is an interval later. */
  advertiseNow(now: number): void {
    this.advertise(this.priority);
    this.timer = now + this.settings.advertInterval;
  }

  /** The master's last word to those who listen. */
  sayFarewell(): void {
    this.advertise(0);
    this.log(`(${this.name}) sent 0 priority`, "detail");
  }

  /** Takes addresses, routes and rules off, those of a former run, too. */
  remove(): void {
    this.announcements.clear();
    this.log(`(${this.name}) removing VIPs.`, "detail");
    this.push({ kind: "remove", instance: this.name, settings: this.settings });
  }

  change(to: VrrpState, reason: TransitionReason, now: number, text = "", from = this.state): void {
    this.state = to;
    this.since = now;
    this.reason = reason;
    const { name, priority } = this;
    this.push({ kind: "transition", instance: name, from, to, priority, reason, text });
  }

  /** "detail": only with `--log-detail`. */
  log(text: string, how: "info" | "warn" | "detail" = "info"): void {
    const detail = how === "detail";
    this.push({ kind: "log", level: detail ? "info" : how, detail, text, instance: this.name });
  }

  push(...actions: readonly VrrpAction[]): void {
    for (const action of actions) this.#emit(action);
  }
}
