import type { VrrpInstance } from "../../config/keepalived/model/index.js";
import type { Device } from "../../sys/index.js";
import { isUnicast } from "../check.js";
import type { Interfaces } from "./interfaces.js";
import type { Vmacs } from "./vmacs.js";

/** Where an instance's packets come and go; undefined: no device in particular, or one that isn't there. */
export function packetDevice(
  settings: VrrpInstance,
  { vmacs, interfaces }: { readonly vmacs: Vmacs; readonly interfaces: Interfaces },
): Device | undefined {
  // Unicast packets come to the interface's own address and MAC.
  const base = settings.vmacXmitBase || isUnicast(settings);
  const vmac = base ? undefined : vmacs.deviceOf(settings);
  const link = interfaces.find(vmac ?? settings.interface);
  return link && { name: link.name, index: link.index };
}
