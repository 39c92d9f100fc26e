import type { RoleEvent, RoleName, RoleNews, RoleOptions } from "./role.js";

/** What a worker is given to begin or to reload with. */
export interface WorkerConfig {
  /** What the supervisor read: files and what else the parser asked for. Every process makes the same configuration of it. */
  readonly sources: unknown;
  readonly options: RoleOptions;
  /** All that run. */
  readonly roles: readonly RoleName[];
}

/** From the supervisor to a worker. */
export type ToWorker =
  | {
      readonly type: "become";
      readonly role: RoleName;
      readonly config: WorkerConfig;
      /** The snapshot of who was it before; undefined: nobody was. */
      readonly handover?: { readonly snapshot: unknown };
    }
  | { readonly type: "reload"; readonly config: WorkerConfig }
  | { readonly type: "stop" }
  | { readonly type: "status"; readonly id: number }
  | { readonly type: "clear-statistics" }
  | { readonly type: "news"; readonly news: RoleNews };

export type LogLevel = "debug" | "info" | "warn" | "error";

/** From a worker to the supervisor. */
export type FromWorker =
  /** The code is loaded: it may become something. */
  | { readonly type: "loaded" }
  /** It is its role now; or that failed, and it ends. */
  | { readonly type: "started"; readonly failure?: string }
  | { readonly type: "reloaded"; readonly failure?: string }
  | { readonly type: "log"; readonly level: LogLevel; readonly message: string }
  | { readonly type: "event"; readonly event: RoleEvent }
  | { readonly type: "snapshot"; readonly snapshot: unknown }
  | { readonly type: "status"; readonly id: number; readonly status: unknown }
  | { readonly type: "heartbeat" }
  /** It has stopped in order, and ends. */
  | { readonly type: "stopped" };
