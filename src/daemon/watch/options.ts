import type { Probe, RiseFall } from "../../health/index.js";

/** How the servers of a table are watched. Times are in milliseconds. */
export interface WatchOptions extends RiseFall {
  /** At least one; no two of a kind. */
  readonly probes: readonly Probe[];
  /** Where tcp and http ask, instead of the server's own port. */
  readonly port?: number;
  /** Where agents answer; for a probe of kind "agent". */
  readonly agentPort: number;
  readonly interval: number;
  readonly timeout: number;
  /** How long a server that comes back takes to its whole weight; 0: none. */
  readonly slowStart: number;
  /** By how many percent of the configured weight an agent's answer may change the weight. */
  readonly step: number;
  /** What is done when all servers of a service have failed: none gets anything, or all keep what they have. */
  readonly lastResort: "refuse" | "keep";
  /** At the end leaves the weights as they are. */
  readonly keep: boolean;
}

/** What an agent's percentage has to differ by, in percent of the configured weight, before the weight follows. */
export const hysteresis = 5;
/** What a server begins with that starts slowly: a part of its weight. */
export const beginning = 0.1;
/** How long weights of a server are remembered that was deleted, in milliseconds: `ipvsadm -C` and `-R` are two commands. */
export const remembered = 60_000;
