import type { PlainStruct } from "../../asm/index.js";
import { IpAddress } from "../../wire/address.js";
import type { HostNetwork } from "./host-network.js";
import { Method, Ready, type Server, Use } from "./layout.js";
import type { DirectorState } from "./state.js";

/**
 * Writes what the packet plane can't ask about the way to a server: the address that this host sends from, for the outer
 * header of a tunnel, the MTU that a route tells, and whether the server is this host. Where there is no way now, what was
 * known stays.
 */
export function noteWay(server: PlainStruct<(typeof Server)["shape"]>, host: HostNetwork): void {
  const address = IpAddress.fromBytes(server.address.subarray(0, server.family === 6 ? 16 : 4));
  const way = host.wayTo(address);
  if (!way) return;
  // Addresses come and go: who has the server's now decides whether packets are sent or left to the host's stack.
  const method = way.local ? Method.local : server.configured;
  if (server.method !== method) {
    server.method = method;
    // What was found for the other method says nothing of this one.
    if (server.use === Use.live) server.ready = Ready.unknown;
  }
  server.routeMtu = way.mtu ?? 0;
  if (!way.source || same(server.tunnelSource, way.source.bytes)) return;
  const source = new Uint8Array(16);
  source.set(way.source.bytes);
  server.tunnelSource = source;
}

/** {@link noteWay} for all living servers: after addresses or routes of this host have changed. */
export function noteWays(state: DirectorState, host: HostNetwork): void {
  host.forget();
  for (let slot = 0; slot < state.settings.serversUsed; slot++) {
    const server = state.servers.at(slot);
    if (server.use === Use.live) noteWay(server, host);
  }
}

const same = (long: Uint8Array, short: Uint8Array) => long.every((byte, i) => byte === (short[i] ?? 0));
