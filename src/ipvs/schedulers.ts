/**
 * The schedulers of IPVS by name, and the flags each understands. A service keeps three flag bits whose meaning depends
 * on its scheduler (include/uapi/linux/ip_vs.h, IP_VS_SVC_F_SCHED1 … 3); `flags[i]` names bit i.
 */
export interface Scheduler {
  readonly name: string;
  /** What it does, in one line, for help texts and manuals. */
  readonly summary: string;
  /** Names of flag bits 0 … 2, in the order in which listings show them. */
  readonly flags: readonly [string, string, string];
}

/** What the three bits are called where a scheduler gives them no meaning. */
const plain = ["flag-1", "flag-2", "flag-3"] as const;

export const schedulers: readonly Scheduler[] = [
  { name: "rr", summary: "round robin", flags: plain },
  { name: "wrr", summary: "weighted round robin", flags: plain },
  { name: "lc", summary: "least connections", flags: plain },
  { name: "wlc", summary: "weighted least connections", flags: plain },
  { name: "lblc", summary: "least connections, a destination stays with its server", flags: plain },
  { name: "lblcr", summary: "as lblc, with a set of servers for each destination", flags: plain },
  { name: "dh", summary: "hash of the destination address", flags: plain },
  { name: "sh", summary: "hash of the source address", flags: ["sh-fallback", "sh-port", "flag-3"] },
  { name: "sed", summary: "shortest expected delay", flags: plain },
  { name: "nq", summary: "an idle server at once, otherwise as sed", flags: plain },
  { name: "fo", summary: "failover: the heaviest server that is available", flags: plain },
  { name: "ovf", summary: "overflow: the heaviest server until its weight is reached", flags: plain },
  { name: "mh", summary: "Maglev hash of the source address", flags: ["mh-fallback", "mh-port", "flag-3"] },
  { name: "twos", summary: "the better of two servers drawn by weight", flags: plain },
];

/** The scheduler that `ipvsadm` takes when none is named. */
export const defaultScheduler = "wlc";

/** A service may have no scheduler at all under this name: it then takes no new connections. */
export const noScheduler = "none";

const byName = new Map(schedulers.map((scheduler) => [scheduler.name, scheduler]));

export function schedulerNamed(name: string): Scheduler | undefined {
  return byName.get(name);
}

/** Names of flag bits 0 … 2 for a scheduler, known or not. */
export function flagNames(scheduler: string): readonly [string, string, string] {
  return byName.get(scheduler)?.flags ?? plain;
}

/** The bits of flags given by name; every name of a bit counts ("flag-1" and "sh-fallback" are the same one). */
export function flagBits(scheduler: string, names: readonly string[]): number {
  const own = flagNames(scheduler);
  let bits = 0;
  for (const name of names) {
    const bit = Math.max(own.indexOf(name), plain.indexOf(name as (typeof plain)[number]));
    if (bit >= 0) bits |= 1 << bit;
  }
  return bits;
}

/** The flags that are set, by the scheduler's own names and in the order of their bits. */
export function flagsOf(scheduler: string, bits: number): string[] {
  return flagNames(scheduler).filter((_, bit) => bits & (1 << bit));
}
