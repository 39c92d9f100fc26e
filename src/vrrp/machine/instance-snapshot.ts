import type { SplitBrainCause, TransitionReason, VrrpCounters, VrrpState } from "../types.js";
import type { RunningInstance } from "./running-instance.js";

/** What an instance is at a moment: plain values, for people, for programs, and for a process that takes over. Times as the clock has them. */
export interface InstanceSnapshot {
  readonly name: string;
  readonly interface: string;
  readonly family: 4 | 6;
  readonly version: 2 | 3;
  readonly virtualRouterId: number;
  readonly state: VrrpState;
  readonly wanted: "BACKUP" | "MASTER" | "FAULT";
  readonly priority: number;
  readonly basePriority: number;
  readonly advertInterval: number;
  readonly masterInterval: number;
  readonly masterDown: number;
  readonly preempt: boolean;
  readonly preemptDelay: number;
  readonly addresses: readonly string[];
  readonly peers: readonly string[];
  /** When its state began. */
  readonly since: number;
  readonly reason: TransitionReason;
  readonly ownerLost: boolean;
  readonly counters: VrrpCounters;
  /** When it advertises next, stops waiting for an advertisement, or has stopped. */
  readonly timer?: number;
  readonly source?: string;
  readonly preemptAt?: number;
  /** Who was heard as master last. */
  readonly master?: { readonly address: string; readonly priority: number; readonly at: number };
  readonly rival?: {
    readonly address: string;
    readonly cause: SplitBrainCause;
    readonly reported: boolean;
    readonly since: number;
  };
}

export function instanceSnapshot(instance: RunningInstance): InstanceSnapshot {
  const { settings, source, preemptAt, master, rival, timer, ownerLost } = instance;
  const { name, family, version, virtualRouterId, advertInterval, preempt, preemptDelay } = settings;
  const { state, wanted, priority, masterInterval, masterDown, since, reason, counters } = instance;
  return {
    name,
    interface: settings.interface,
    family,
    version,
    virtualRouterId,
    state,
    wanted,
    priority,
    basePriority: settings.priority,
    advertInterval,
    masterInterval,
    masterDown,
    preempt,
    preemptDelay,
    addresses: settings.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    peers: settings.unicastPeers.map(({ address }) => address.toString()),
    since,
    reason,
    ownerLost,
    counters: { ...counters },
    ...(Number.isFinite(timer) && { timer }),
    ...(source && { source: source.toString() }),
    ...(preemptAt !== undefined && { preemptAt }),
    ...(master && { master: { ...master, address: master.address.toString() } }),
    ...(rival && {
      rival: {
        address: rival.address.toString(),
        cause: rival.cause,
        reported: rival.reported,
        since: rival.since,
      },
    }),
  };
}
