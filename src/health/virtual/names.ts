import type { Endpoint, VirtualServer, VirtualServerGroup } from "../../config/keepalived/model/index.js";
import type { Protocol } from "../../ipvs/model.js";

/** "[192.168.4.15]:tcp:80", as the real keepalived's log has it. */
const trio = ({ address, port }: Endpoint, protocol: string): string => `[${address}]:${protocol}:${port}`;

/**
 * The protocol of a virtual server: none where it is known by marks alone, and UDP where nobody said one, as the
 * kernel would take it.
 */
export function protocolOf(virtual: VirtualServer, group?: VirtualServerGroup): Protocol | undefined {
  const { target } = virtual;
  if (target.kind === "mark" || (target.kind === "group" && group && group.addresses.length === 0))
    return undefined;
  return virtual.protocol ?? "udp";
}

/** What a virtual server is called in logs, events and FIFOs. Of a group, it is the `place`-th one that uses it, from 0. */
export function virtualName(virtual: VirtualServer, place: number): string {
  const { target } = virtual;
  if (target.kind === "group") return `[${target.group}]:${place}`;
  if (target.kind === "mark") return `FWM ${target.mark}`;
  return trio(target, protocolOf(virtual)!);
}

/** What a real server is called there. */
export const serverName = (server: Endpoint, protocol: Protocol | undefined): string =>
  trio(server, protocol ?? "none");
