import type { ServerSpec, ServiceSpec } from "../../ipvs/model.js";
import { IpAddress } from "../../wire/address.js";

/** Whether a service needs no edit. */
export function sameServiceSpec(a: ServiceSpec, b: ServiceSpec): boolean {
  return (
    a.scheduler === b.scheduler &&
    a.onePacket === b.onePacket &&
    a.persistenceEngine === b.persistenceEngine &&
    a.persistence?.timeout === b.persistence?.timeout &&
    maskLength(a.persistence?.netmask) === maskLength(b.persistence?.netmask) &&
    [...a.schedulerFlags].sort().join() === [...b.schedulerFlags].sort().join()
  );
}

/** Whether a server needs no edit. A data plane that finds a server to be local calls its method so. */
export function sameServerSpec(a: ServerSpec, b: ServerSpec): boolean {
  const { tunnel: one } = a;
  const { tunnel: other } = b;
  return (
    (a.method === b.method || a.method === "local" || b.method === "local") &&
    a.weight === b.weight &&
    a.upperThreshold === b.upperThreshold &&
    a.lowerThreshold === b.lowerThreshold &&
    (one?.type ?? "ipip") === (other?.type ?? "ipip") &&
    (one?.port ?? 0) === (other?.port ?? 0) &&
    (one?.checksum ?? "none") === (other?.checksum ?? "none")
  );
}

/** A mask by its length where it is one; a full one is the same as none. */
function maskLength(mask: IpAddress | number | undefined): string {
  if (mask === undefined) return "";
  return mask instanceof IpAddress ? `${mask}` : String(mask);
}
