import type { SessionZones } from "../../stream/status-zone.js";
import type { Upstream } from "../../upstream/index.js";
import type { CountRows, CountZones, Limited } from "../../zones/count-rows.js";
import type { WorkerCounts } from "../counts.js";
import type { StatusZones } from "../status/status-zone.js";

/** What stream counts beside its upstreams. */
export interface StreamStatus {
  readonly serverZones: SessionZones;
  readonly limitConnections: CountZones<Limited>;
}

/** What the API and the status page tell of. */
export interface ApiData {
  readonly version: string;
  readonly counts: WorkerCounts;
  readonly serverZones: StatusZones;
  readonly locationZones: StatusZones;
  readonly limitRequests: CountZones<Limited>;
  readonly limitConnections: CountZones<Limited>;
  /** Workers that were started because one had died. */
  readonly respawned: CountRows<"respawned">;
  /** Of the stream block, if there is one. */
  readonly stream: () => StreamStatus | undefined;
  /** Upstreams that have a `zone`. */
  readonly upstreams: (role: "http" | "stream") => readonly Upstream[];
}

/** When the configuration was loaded. */
export const loadedAt = new Date();
