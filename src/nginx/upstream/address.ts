import { isIP } from "node:net";
import type { UpstreamServer } from "../../config/nginx/model/index.js";
import type { PeerAddress } from "./peer.js";

/** Without the brackets of IPv6. */
export function bareHost(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

/** Whether it has to be resolved. */
export function isNamed(server: UpstreamServer): boolean {
  return server.path === undefined && isIP(bareHost(server.host)) === 0;
}

export function inetAddress(host: string, port: number): PeerAddress {
  const bare = bareHost(host);
  const name = bare.includes(":") ? `[${bare}]:${port}` : `${bare}:${port}`;
  return { name, host: bare, port, path: undefined };
}

export function unixAddress(path: string): PeerAddress {
  return { name: `unix:${path}`, host: undefined, port: undefined, path };
}

/** Where a server that needs no resolving is; of a name, with `found`, where that is. */
export function addressOf(server: UpstreamServer, defaultPort: number, found?: string): PeerAddress {
  if (server.path !== undefined) return unixAddress(server.path);
  return inetAddress(found ?? server.host, server.port ?? defaultPort);
}
