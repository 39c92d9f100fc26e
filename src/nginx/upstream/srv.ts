import type { SrvRecord } from "node:dns";

/** Where an SRV record leads, as a server of an upstream. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly weight: number;
  readonly backup: boolean;
}

/** Records of the best priority (the lowest number) serve, all others are backups; a weight of 0 is one of 1. */
export function rank(records: readonly SrvRecord[]): Target[] {
  const best = Math.min(...records.map(({ priority }) => priority));
  return records.map(({ name, port, priority, weight }) => ({
    name,
    port,
    weight: Math.max(1, weight),
    backup: priority !== best,
  }));
}
