import type { Protocol } from "../../ipvs/model.js";
import type { IpAddress } from "../../wire/address.js";
import { inetAton, inetPton6 } from "./inet.js";
import type { NameTable } from "./names.js";
import { wholeNumber } from "./numbers.js";

/** What `host[:port]` says; no port and port 0 are not the same thing. */
export interface HostPort {
  readonly address: IpAddress;
  readonly port: number | undefined;
}

/**
 * Reads `host`, `host:port`, `v6address` or `[v6address]:port` as the real one does, with what it does oddly:
 * a word of digits alone is no host, `[v6address]` without a port is refused, and brackets around an IPv4 address or a
 * name swallow the port. Host names stand for IPv4 addresses only. A service name needs a protocol.
 */
export function readHostPort(
  text: string,
  protocol: Protocol | undefined,
  names: NameTable,
): HostPort | undefined {
  if (/^[0-9]*$/.test(text)) return undefined;
  let host = text;
  let port: string | undefined;
  if (text.startsWith("[")) {
    const end = text.indexOf("]");
    if (end < 0 || text[end + 1] !== ":") return undefined;
    host = text.slice(1, end);
    port = text.slice(end + 2);
  }
  let address = inetPton6(host);
  if (!address) {
    const colon = host.lastIndexOf(":");
    port = colon < 0 ? undefined : host.slice(colon + 1);
    if (colon >= 0) host = host.slice(0, colon);
    // The resolver knows no empty name; asking it would only cost time.
    address = inetAton(host) ?? (host === "" ? undefined : names.hostAddress(host));
  }
  if (!address) return undefined;
  if (port === undefined) return { address, port };
  const number = wholeNumber(port, 0, 65535) ?? (protocol && names.servicePort(port, protocol));
  return number === undefined ? undefined : { address, port: number };
}
