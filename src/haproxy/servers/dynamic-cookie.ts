import { addressBytes } from "../balance/index.js";
import { field } from "./layout.js";
import type { ServerState } from "./server-state.js";
import { xxh64 } from "./xxh64.js";

/**
 * The cookie of `cookie … dynamic`: a hash of the key, the server's address and its port as 4 bytes, in 16 hexadecimal digits
 * (srv_set_dyncookie). A server with a `cookie` of its own keeps that.
 */
export function dynamicCookie(key: string, host: string, port: number): string | undefined {
  const address = addressBytes(host);
  if (address === undefined) return undefined;
  const last = Buffer.alloc(4);
  last.writeUInt32BE(port);
  return xxh64(Buffer.concat([Buffer.from(key), address, last]))
    .toString(16)
    .padStart(16, "0");
}

/** Gives the name of another server that has the same one by chance. */
export function setDynamicCookie(server: ServerState): string | undefined {
  const { backend, memory, section } = server;
  const { cookie } = backend.proxy.section;
  const key = backend.dynamicCookieKey;
  if (section.cookie !== undefined || cookie?.dynamic !== true || key === undefined) return undefined;
  const value = dynamicCookie(key, memory.text("host"), memory.get(field.port));
  if (value === undefined) return undefined;
  memory.setText("cookie", value);
  const same = backend.servers.find((other) => other !== server && other.cookie === value);
  if (same === undefined || server.nextAdmin & 1) return undefined;
  backend.surroundings.report(
    "warning",
    `We generated two equal cookies for two different servers.\nPlease change the secret key for '${backend.name}'.`,
  );
  return same.name;
}
