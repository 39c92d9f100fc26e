import type { KeepalivedConfig } from "../../../config/keepalived/model/index.js";
import { handoverBound } from "../../../vrrp/index.js";

/** A busy machine: until VRRP's worker has begun to stop, and until it has taken its addresses off. */
const moment = 500;

/** How long VRRP may keep addresses while it stops, in milliseconds: until another router has taken them over, or nobody is expected to. */
export function handoverTime({ instances }: Pick<KeepalivedConfig, "instances">): number {
  const bounds = instances.map(({ version, advertInterval }) => handoverBound(version, advertInterval));
  return bounds.length === 0 ? 0 : Math.max(...bounds) + moment;
}
