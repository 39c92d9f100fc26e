import type { Memory } from "./virtual/memory.js";
import type { HeldNames } from "./virtual/plane-keeper.js";

/** What happened to a check so far. */
export interface CheckCounts {
  passed: number;
  failed: number;
  unknown: number;
}

export interface CheckStatus {
  /** "TCP_CHECK" … */
  readonly kind: string;
  readonly up: boolean;
  readonly hasRun: boolean;
  /** False while ha_suspend has it wait. */
  readonly enabled: boolean;
  /** Failures in a row that don't count yet. */
  readonly tries: number;
  /** What it adds to the weight. */
  readonly weight: number;
  readonly counts: CheckCounts;
  /** What the last answer was, in words. */
  readonly detail: string;
}

export interface ServerState {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly alive: boolean;
  /** As it counts now. */
  readonly weight: number;
  readonly configuredWeight: number;
  readonly checks: readonly CheckStatus[];
}

export interface VirtualState {
  readonly name: string;
  /** The services of the data plane, as text: "tcp 192.168.4.15:80". */
  readonly services: readonly string[];
  readonly quorumUp: boolean;
  readonly quorum: number;
  readonly hysteresis: number;
  /** The weight of all living servers. */
  readonly weight: number;
  readonly sorry: boolean;
  readonly servers: readonly ServerState[];
}

/** Where a checker role stands: plain JSON, for status, dumps, metrics, and for the process that takes over. */
export interface CheckerSnapshot {
  readonly version: 1;
  readonly virtualServers: readonly VirtualState[];
  /** Why the data plane is not as it should be. */
  readonly planeProblem?: string;
  /** For who takes over. */
  readonly memory: Memory;
  readonly held: HeldNames;
  readonly vips: readonly string[];
}
