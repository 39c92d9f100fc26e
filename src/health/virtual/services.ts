import type { Endpoint, VirtualServer, VirtualServerGroup } from "../../config/keepalived/model/index.js";
import type { ForwardingMethod, ServerSpec, ServiceId, ServiceSpec, Tunnel } from "../../ipvs/model.js";
import { IpAddress } from "../../wire/address.js";
import { protocolOf } from "./names.js";

/** IPVS takes a port of 0 only of services that persist: the real one then gives them so many seconds. */
const persistenceOfAnyPort = 360;
/** A file may ask for more services than any table holds; no group gives more than this. */
export const mostServices = 65_536;

/** The services that a virtual server stands for: one, or all that its group's ranges and marks make. */
export function servicesOf(virtual: VirtualServer, group?: VirtualServerGroup): ServiceSpec[] {
  return idsOf(virtual, group).map((id) => serviceSpec(virtual, id));
}

function serviceSpec(virtual: VirtualServer, id: ServiceId): ServiceSpec {
  const { persistence, persistenceEngine } = virtual;
  const anyPort = id.kind === "address" && id.port === 0;
  const persists =
    persistence && persistence.timeout > 0
      ? persistence
      : anyPort
        ? {
            timeout: persistenceOfAnyPort,
            netmask: virtual.family === 6 ? 128 : IpAddress.of("255.255.255.255"),
          }
        : undefined;
  return {
    id,
    scheduler: virtual.scheduler,
    schedulerFlags: virtual.schedulerFlags,
    onePacket: virtual.onePacket && (id.kind === "mark" || id.protocol === "udp"),
    ...(persists && { persistence: persists }),
    ...(persists && persistenceEngine !== undefined && { persistenceEngine }),
  };
}

function idsOf(virtual: VirtualServer, group: VirtualServerGroup | undefined): ServiceId[] {
  const { target, family } = virtual;
  if (target.kind === "mark") return [{ kind: "mark", mark: target.mark, family }];
  const protocol = protocolOf(virtual, group) ?? "udp";
  if (target.kind === "address")
    return [{ kind: "address", protocol, address: target.address, port: target.port }];
  const ids: ServiceId[] = [];
  for (const { from, to, firstPort, lastPort } of group?.addresses ?? [])
    for (const address of addressesBetween(from, to))
      for (let port = firstPort; port <= lastPort && ids.length < mostServices; port++)
        ids.push({ kind: "address", protocol, address, port });
  for (const { from, to, family: marked } of group?.marks ?? [])
    for (let mark = from; mark <= to && ids.length < mostServices; mark++)
      ids.push({ kind: "mark", mark, family: marked });
  return ids;
}

/** All addresses of a range, both ends included. */
function* addressesBetween(from: IpAddress, to: IpAddress): Generator<IpAddress> {
  for (let address = from, count = 0; count < mostServices; count++) {
    yield address;
    if (address.compare(to) >= 0) return;
    address = next(address);
  }
}

function next(address: IpAddress): IpAddress {
  const bytes = Uint8Array.from(address.bytes);
  for (let i = bytes.length - 1; i >= 0; i--) {
    bytes[i] = (bytes[i]! + 1) & 255;
    if (bytes[i] !== 0) break;
  }
  return IpAddress.fromBytes(bytes);
}

/** Whether a virtual server's packets may be addressed to an address. */
export function hasAddress(
  virtual: VirtualServer,
  group: VirtualServerGroup | undefined,
  address: IpAddress,
): boolean {
  const { target } = virtual;
  if (target.kind === "mark") return false;
  if (target.kind === "address") return target.address.equals(address);
  return (group?.addresses ?? []).some(
    ({ from, to }) =>
      from.family === address.family && from.compare(address) <= 0 && address.compare(to) <= 0,
  );
}

/** What a real or sorry server is in one of the services: only NAT may have another port than the service. */
export function serverSpec(
  server: Endpoint & { readonly method: ForwardingMethod; readonly tunnel?: Tunnel },
  thresholds: { readonly upperThreshold: number; readonly lowerThreshold: number },
  weight: number,
  service: ServiceId,
): ServerSpec {
  const port =
    server.method === "masq" && (server.port !== 0 || service.kind === "mark")
      ? server.port
      : service.kind === "mark"
        ? 0
        : service.port;
  return {
    address: server.address,
    port,
    method: server.method,
    weight,
    upperThreshold: thresholds.upperThreshold,
    lowerThreshold: thresholds.lowerThreshold,
    ...(server.tunnel && { tunnel: server.tunnel }),
  };
}
