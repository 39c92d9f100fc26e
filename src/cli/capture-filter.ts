import type { CapturedPacket } from "../dataplane/xdp/index.js";
import { type ServiceId, serviceIdText } from "../ipvs/model.js";
import { contains, type Prefix } from "../ipvs/prefix.js";
import type { Network } from "../wire/packet.js";
import type { Named } from "./targets.js";

/** Which packets are wanted; what is not named doesn't matter. */
export interface CaptureFilter {
  readonly service?: ServiceId;
  readonly server?: Named;
  readonly client?: Prefix;
}

/** Whether a packet is wanted; `came` is what was read of it. */
export function isWanted(filter: CaptureFilter, packet: CapturedPacket, came: Network | undefined): boolean {
  const { service, server, client } = filter;
  if (service && !belongs(packet, came, service)) return false;
  if (server && !packet.server?.address.equals(server.address)) return false;
  if (server?.port !== undefined && packet.server?.port !== server.port) return false;
  return !client || isOf(packet, came, client);
}

/** By its server's service; a packet that got no server by where it was sent. */
function belongs({ server, course }: CapturedPacket, came: Network | undefined, service: ServiceId): boolean {
  if (server) return serviceIdText(server.service) === serviceIdText(service);
  if (course !== "request" || service.kind !== "address" || !came) return false;
  const ip = came.ipv4 ?? came.ipv6;
  const transport = came[service.protocol];
  if (!ip || !transport || !ip.destination.equals(service.address)) return false;
  return service.port === 0 || transport.destinationPort === service.port;
}

/** A client sends requests and gets replies; with an ICMP error it may be either. */
function isOf({ course }: CapturedPacket, came: Network | undefined, client: Prefix): boolean {
  const ip = came?.ipv4 ?? came?.ipv6;
  if (!ip) return false;
  const from = contains(client, ip.source);
  const to = contains(client, ip.destination);
  return course === "request" ? from : course === "reply" ? to : from || to;
}
