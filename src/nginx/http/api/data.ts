import type { Upstream } from "../../upstream/index.js";
import type { WorkerCounts } from "../counts.js";
import type { StatusZones } from "../status/status-zone.js";

/** What the API and the status page tell of. */
export interface ApiData {
  readonly version: string;
  readonly counts: WorkerCounts;
  readonly serverZones: StatusZones;
  readonly locationZones: StatusZones;
  /** Upstreams that have a `zone`. */
  readonly upstreams: (role: "http" | "stream") => readonly Upstream[];
}

/** When the configuration was loaded. */
export const loadedAt = new Date();
