import { RondoError } from "../errors.js";
import { holds } from "./holds.js";
import type { HostState } from "./host-state.js";
import { planFor } from "./plan.js";
import { readHost, withHost } from "./read-host.js";
import { readRecord } from "./record-file.js";
import type { Step } from "./step.js";
import type { Wanted } from "./wanted.js";

/** A server that this host was made, and which of its steps hold now. */
export interface ServerStatus {
  readonly key: string;
  readonly wanted: Wanted;
  readonly steps: readonly { readonly step: Step; readonly holds: boolean }[];
  /** Why this host could not be made that any more. */
  readonly trouble: RondoError | undefined;
  /** Packets that our program has taken out of tunnels for its VIP. */
  readonly packets: bigint | undefined;
}

/** What this host was made. Without root nothing is known of our own programs. */
export function statuses(): ServerStatus[] {
  return withHost((host) => {
    const { servers, done } = readRecord();
    if (servers.size === 0) return [];
    const state = readHost(
      host,
      [...done.values()].some(({ kind }) => kind === "tunnels"),
    );
    return [...servers].map(([key, { wanted }]) => statusOf(key, wanted, state));
  });
}

function statusOf(key: string, wanted: Wanted, state: HostState): ServerStatus {
  const vip = wanted.vip;
  const packets =
    vip && wanted.method === "tun" ? state.tunnels.find((one) => one.vip.equals(vip))?.packets : undefined;
  try {
    const { steps } = planFor(wanted, state);
    return {
      key,
      wanted,
      steps: steps.map((step) => ({ step, holds: holds(step, state) })),
      trouble: undefined,
      packets,
    };
  } catch (error) {
    if (!(error instanceof RondoError)) throw error;
    return { key, wanted, steps: [], trouble: error, packets };
  }
}
