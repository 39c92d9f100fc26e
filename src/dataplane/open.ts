import type { DataPlane } from "../ipvs/data-plane.js";
import type { SyncDaemons } from "../ipvs/sync/index.js";
import { chosenPlane } from "./choice.js";
import { IpvsPlane } from "./ipvs/index.js";
import { XdpPlane } from "./xdp/index.js";

/** A data plane, and whether it still shows what there is: if not, who keeps it open has to open another. */
export type OpenPlane = DataPlane & { isCurrent(): boolean };

/**
 * Opens the plane that was chosen, in the calling thread's network namespace. `warn` is told what goes wrong beside a change; `syncDaemons` are
 * those of our own plane (the kernel has its own).
 */
export function openPlane(
  options: { warn?: (sentence: string) => void; syncDaemons?: SyncDaemons } = {},
): OpenPlane {
  return chosenPlane() === "ipvs" ? new IpvsPlane() : new XdpPlane(options);
}
