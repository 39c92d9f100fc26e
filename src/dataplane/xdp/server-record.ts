import type { PlainStruct } from "../../asm/index.js";
import type { ServerSpec, Tunnel } from "../../ipvs/model.js";
import { Method, Ready, type Server, ServerFlag, TunnelFlag, TunnelType, Use } from "./layout.js";
import type { DirectorState } from "./state.js";

/** Gives a server what is to be said of it; one that is not live yet becomes so. */
export function configureServer(
  state: DirectorState,
  slot: number,
  spec: ServerSpec,
  isLocal: boolean,
): void {
  const record = state.servers.at(slot);
  record.configured = Method[spec.method];
  const method = isLocal ? Method.local : Method[spec.method];
  const hasMoved = (record.method === Method.local) !== isLocal;
  record.method = method;
  record.tunnelType = TunnelType[spec.tunnel?.type ?? "ipip"];
  record.tunnelPort = spec.tunnel?.port ?? 0;
  record.tunnelFlags = tunnelFlags[spec.tunnel?.checksum ?? "none"];
  record.weight = spec.weight;
  if (record.use !== Use.live || spec.weight !== 0) record.lastWeight = spec.weight;
  limit(record, spec.upperThreshold, spec.lowerThreshold);
  if (record.use === Use.live) {
    if (hasMoved) record.ready = Ready.unknown;
    return;
  }
  // In this order: a packet that finds it not yet live would mark it as removed for good.
  record.use = Use.live;
  record.ready = Ready.unknown;
}

/**
 * Sets a server's thresholds. Other ones than before count at once; between the two it stays as it was
 * (net/netfilter/ipvs/ip_vs_ctl.c, __ip_vs_dest_update_overload).
 */
function limit(record: PlainStruct<(typeof Server)["shape"]>, upper: number, lower: number): void {
  if (record.upperThreshold === upper && record.lowerThreshold === lower) return;
  record.upperThreshold = upper;
  record.lowerThreshold = lower;
  const total = record.active + record.inactive;
  if (upper > 0 && total >= upper) record.flags = ServerFlag.overloaded;
  else if (upper === 0 || (lower > 0 ? total < lower : 4 * total < 3 * upper)) record.flags = 0;
}

const tunnelFlags = {
  none: 0,
  csum: TunnelFlag.checksum,
  remote: TunnelFlag.remoteChecksum,
} as const;

/** How packets are wrapped for a server. */
export function tunnelOf(server: { tunnelType: number; tunnelFlags: number; tunnelPort: number }): Tunnel {
  const type = (Object.keys(TunnelType) as Tunnel["type"][]).find(
    (name) => TunnelType[name] === server.tunnelType,
  )!;
  const checksum = (Object.keys(tunnelFlags) as Tunnel["checksum"][]).find(
    (name) => tunnelFlags[name] === server.tunnelFlags,
  )!;
  return { type, port: server.tunnelPort, checksum };
}
