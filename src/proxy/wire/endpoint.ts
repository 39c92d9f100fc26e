import type { Endpoint } from "./wire.js";

export const noEndpoint: Endpoint = { host: "", port: 0, family: 0 };

/** What node:net says of an address, as an endpoint: IPv4 within IPv6 is written as IPv4. */
export function endpointOf(address: string | undefined, port: number | undefined): Endpoint {
  if (address === undefined || address === "") return noEndpoint;
  if (address.startsWith("::ffff:") && address.includes("."))
    return { host: address.slice(7), port: port ?? 0, family: 4 };
  return { host: address, port: port ?? 0, family: address.includes(":") ? 6 : 4 };
}

/** A Unix socket's. */
export function pathEndpoint(path: string): Endpoint {
  return { host: path, port: 0, family: 0 };
}
