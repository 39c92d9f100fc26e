import type { VrrpInstance } from "../config/keepalived/model/index.js";
import type { IpAddress, VrrpAdvertisement, VrrpChecksum } from "../wire/index.js";

/**
 * INIT: begins, or waits for the first results of its scripts. STOPPING: has said priority 0, and holds its addresses until
 * another router has announced itself. STOPPED: has said its last word.
 */
export type VrrpState = "INIT" | "BACKUP" | "MASTER" | "FAULT" | "STOPPING" | "STOPPED";

/** An advertisement that was read, with what only its packet told. */
export interface HeardAdvertisement {
  readonly advertisement: VrrpAdvertisement;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** TTL or hop limit; undefined where the socket didn't tell. */
  readonly ttl?: number;
  readonly checksum: VrrpChecksum;
}

/** Why an advertisement didn't count; each has a counter of {@link VrrpCounters}. */
export type RefusalReason =
  | "packetLengthErrors"
  | "ipTtlErrors"
  | "versionErrors"
  | "invalidAuthType"
  | "authTypeMismatch"
  | "authFailure"
  | "advertisementIntervalErrors"
  | "invalidTypePackets"
  | "addressListErrors"
  | "checksumErrors"
  | "unicastSourceErrors";

/** What RFC 6527 counts for a virtual router, keepalived's further ones, and two of ours. */
export interface VrrpCounters extends Record<RefusalReason, number> {
  masterTransitions: number;
  /** Times it left MASTER. */
  masterReleases: number;
  receivedAdvertisements: number;
  sentAdvertisements: number;
  receivedPriorityZeroPackets: number;
  sentPriorityZeroPackets: number;
  /** Packets whose source is our own address. */
  ownAddressPackets: number;
  splitBrains: number;
}

/** Why there are two masters, as far as one of them can tell. */
export type SplitBrainCause =
  | "authentication"
  | "interval"
  | "address-list"
  | "version"
  | "checksum"
  | "ttl"
  | "unicast-source"
  | "way"
  | "same-address"
  | "same-priority"
  | "not-heard";

/** Why a transition came; the words are for people. */
export type TransitionReason =
  | "start"
  | "owner"
  | "timeout"
  | "master-stopped"
  | "preempt"
  | "higher-priority"
  | "higher-address"
  | "overtaken"
  | "fault"
  | "recovered"
  | "sync-group"
  | "stop"
  | "deleted";

/** What is to be done, in the order of the list. `settings` tell what an instance's addresses, routes and rules are. */
export type VrrpAction =
  /** Send to each destination, from the source, TTL 255 (`settings.unicastTtl`), TOS 0xc0: {@link advertisementPackets}. */
  | {
      readonly kind: "advertise";
      readonly instance: string;
      readonly settings: VrrpInstance;
      readonly advertisement: VrrpAdvertisement;
      readonly source: IpAddress;
      readonly destinations: readonly IpAddress[];
      readonly group: IpAddress;
      readonly checksum: VrrpChecksum;
    }
  /** Put addresses, routes, rules in place, and see to those that are there already. */
  | { readonly kind: "install"; readonly instance: string; readonly settings: VrrpInstance }
  /** Rules, routes, addresses off, those of a former run, too; announcements that wait for `garp.interval` are dropped. */
  | { readonly kind: "remove"; readonly instance: string; readonly settings: VrrpInstance }
  /** A master's file has changed: off what only `before` has, on what only `after` has; the rest stays untouched. */
  | {
      readonly kind: "replace";
      readonly instance: string;
      readonly before: VrrpInstance;
      readonly after: VrrpInstance;
    }
  /** `rounds` times: a gratuitous ARP or unsolicited neighbour advertisement for every address, excluded ones as well. */
  | {
      readonly kind: "announce";
      readonly instance: string;
      readonly settings: VrrpInstance;
      readonly rounds: number;
    }
  /** vmac_garp_intvl: one for each virtual MAC that sends no advertisements. */
  | { readonly kind: "announce-vmac"; readonly instance: string; readonly settings: VrrpInstance }
  /** Unicast, back from FAULT: announce the host's own address, so that peers' advertisements find it. */
  | {
      readonly kind: "announce-source";
      readonly instance: string;
      readonly settings: VrrpInstance;
      readonly source: IpAddress;
    }
  | VrrpEvent
  /** A line in the real one's words. `detail`: only with `--log-detail`. */
  | {
      readonly kind: "log";
      readonly level: "info" | "warn";
      readonly detail: boolean;
      readonly text: string;
      readonly instance?: string;
    };

/** What others want to know: notify scripts, mail, FIFO, metrics. */
export type VrrpEvent =
  /** To STOPPED with the reason "deleted": a reload took the instance away (notify_deleted). `text`: what a FAULT is due to. */
  | {
      readonly kind: "transition";
      readonly instance: string;
      readonly from: VrrpState;
      readonly to: VrrpState;
      readonly priority: number;
      readonly reason: TransitionReason;
      readonly text: string;
    }
  | {
      readonly kind: "group-transition";
      readonly group: string;
      readonly from: GroupState;
      readonly to: GroupState;
    }
  | { readonly kind: "priority"; readonly instance: string; readonly from: number; readonly to: number }
  /** notify_master_rx_lower_pri. */
  | {
      readonly kind: "lower-priority-received";
      readonly instance: string;
      readonly from: IpAddress;
      readonly priority: number;
    }
  | {
      readonly kind: "split-brain";
      readonly instance: string;
      readonly other: IpAddress;
      readonly cause: SplitBrainCause;
      readonly text: string;
    }
  /**
   * `remained`: we are the master that is left, and have announced ourselves again: run notify_master once more. Also after a
   * second master that gave way too soon to be told of, as when a broken link mends.
   */
  | {
      readonly kind: "split-brain-healed";
      readonly instance: string;
      readonly other: IpAddress;
      readonly remained: boolean;
    }
  /** The last instance has stopped: the process may end. */
  | { readonly kind: "stopped" };

export type GroupState = "INIT" | "BACKUP" | "MASTER" | "FAULT" | "STOPPED";

/** An event of an instance as a person or a metric tells it apart. */
export type VrrpEventKind = VrrpEvent["kind"];
