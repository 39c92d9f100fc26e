import type { HttpAddress } from "./compile/http.js";

/**
 * The address whose socket takes an address's connections, too: that of all addresses at the same port, unless `bind` or an
 * option of the socket is said (ngx_http_init_listening). undefined: it has a socket of its own.
 */
export function coveringAddress(
  { listen }: HttpAddress,
  all: readonly HttpAddress[],
): HttpAddress | undefined {
  if (listen.path !== undefined || listen.bind) return undefined;
  const wide = listen.host.includes(":") ? "::" : "0.0.0.0";
  if (listen.host === wide) return undefined;
  return all.find(
    ({ listen: other }) =>
      other.host === wide &&
      other.path === undefined &&
      other.port === listen.port &&
      other.ssl === listen.ssl &&
      other.proxyProtocol === listen.proxyProtocol,
  );
}
