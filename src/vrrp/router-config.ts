import type { GlobalDefs, KeepalivedConfig, VrrpInstance } from "../config/keepalived/model/index.js";
import type { IpAddress } from "../wire/index.js";

/** What the VRRP part needs of a configuration. */
export type VrrpConfig = Pick<
  KeepalivedConfig,
  "global" | "instances" | "syncGroups" | "scripts" | "trackFiles" | "trackProcesses" | "bfdInstances"
>;

/** The multicast group of an instance. */
export function groupAddress(
  { multicastDestination, family }: VrrpInstance,
  { multicastGroup4, multicastGroup6 }: GlobalDefs,
): IpAddress {
  return multicastDestination ?? (family === 4 ? multicastGroup4 : multicastGroup6);
}
