import type { Place } from "../../finding.js";
import type { Template } from "./variables.js";

/** `server ADDRESS …` of an upstream block. */
export interface UpstreamServer {
  /** As it is written: "10.0.0.1", "backend.example:8080", "unix:/run/app.sock", "[fd00::1]:80". */
  readonly name: string;
  readonly host: string;
  /** undefined: 80 in http; needed in stream. */
  readonly port: number | undefined;
  readonly path: string | undefined;
  readonly weight: number;
  /** 0: no limit. */
  readonly maxConns: number;
  /** 0: never counts as failed. */
  readonly maxFails: number;
  /** Seconds. */
  readonly failTimeout: number;
  readonly slowStartMs: number;
  readonly backup: boolean;
  readonly down: boolean;
  /** Only clients that come back are led to it. */
  readonly drain: boolean;
  /** Its name is resolved again while running. */
  readonly resolve: boolean;
  /** With `resolve`: the SRV records of its name that say where it is. */
  readonly service: string | undefined;
  /** The value of its sticky cookie, and of the API's `route`. */
  readonly route: string | undefined;
  readonly place: Place;
}

/** How an upstream chooses. */
export type BalanceModel =
  | { readonly kind: "round_robin" }
  | { readonly kind: "least_conn" }
  | { readonly kind: "ip_hash" }
  | { readonly kind: "hash"; readonly key: Template; readonly consistent: boolean }
  | { readonly kind: "random"; readonly two: boolean };

/** `keepalive N` and what belongs to it. */
export interface KeepaliveModel {
  /** Idle connections of one worker. */
  readonly connections: number;
  readonly requests: number;
  readonly timeMs: number;
  readonly timeoutMs: number;
}

/** An upstream block, or what stands for an address in proxy_pass. */
export interface UpstreamModel {
  readonly name: string;
  readonly servers: readonly UpstreamServer[];
  readonly balance: BalanceModel;
  readonly keepalive: KeepaliveModel | undefined;
  /** The shared memory zone's name and bytes. */
  readonly zone: { readonly name: string; readonly size: number } | undefined;
  /** Where changes of its servers are written (`state`). */
  readonly stateFile?: string | undefined;
  readonly place: Place;
}
