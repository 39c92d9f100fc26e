import type { SyncDaemon } from "../model.js";

/** Starts, lists and stops the halves of the sync daemon of the caller's network namespace. */
export interface SyncDaemons {
  list(): SyncDaemon[];
  /** Begins one; it is at work when this returns. @throws RondoError with what went wrong */
  start(daemon: Required<SyncDaemon>): void;
  /** @throws IpvsError "no-daemon" */
  stop(role: SyncDaemon["role"]): void;
}
