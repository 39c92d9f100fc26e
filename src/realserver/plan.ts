import type { HostState } from "./host-state.js";
import { directSteps } from "./plan-direct.js";
import { maskedPlan } from "./plan-masked.js";
import { tunnelPlan } from "./plan-tunnel.js";
import type { Step } from "./step.js";
import type { Wanted } from "./wanted.js";

/** Something to be told: how to do better, or what will probably not work. */
export interface Note {
  readonly level: "advice" | "warning";
  readonly text: string;
}

/** What has to be so on a host that is a real server, in the order in which it is made so. */
export interface Plan {
  readonly wanted: Wanted;
  readonly steps: readonly Step[];
  readonly notes: readonly Note[];
}

/**
 * The plan that makes this host what is wanted. All steps are in it, also those that hold already.
 *
 * @throws {RondoError} where the host can't be that: "bad-vip", "vip-is-rip", "vip-elsewhere", "vip-prefix", "vip-is-gateway",
 * "ipv6-off", "no-interface", "no-ipip", "gateway-is-own", "gateway-not-connected", "gateway-elsewhere"
 */
export function planFor(wanted: Wanted, state: HostState): Plan {
  switch (wanted.method) {
    case "dr":
      return { wanted, steps: directSteps(wanted, state), notes: [] };
    case "tun":
      return { wanted, ...tunnelPlan(wanted, state) };
    case "nat":
      return { wanted, ...maskedPlan(wanted, state) };
  }
}
