import { isIP } from "node:net";
import { IpAddress } from "../../../wire/index.js";
import { believed, type Networks } from "../../networks.js";
import type { HttpRequest } from "../request.js";

export interface RealIp {
  /** set_real_ip_from: addresses, CIDRs, "unix:". */
  readonly from: readonly string[];
  /** In lower case, or "proxy_protocol". */
  readonly header: string;
  readonly recursive: boolean;
}

/** Takes a client's address from what a trusted proxy says (ngx_http_realip_module). */
export function realIp(
  { from, header, recursive }: RealIp,
  failed: (sentence: string) => void,
): (request: HttpRequest) => void {
  const proxies = believed(from, failed);
  return (request) => {
    const { connection } = request;
    if (request.realAddress !== undefined || !proxies.has(connection.clientAddress)) return;
    const named =
      header === "proxy_protocol" ? connection.info.proxyProtocol?.source?.host : listed(request, header);
    const found = named === undefined ? undefined : choose(named.split(","), proxies, recursive);
    if (found === undefined) return;
    const port = header === "proxy_protocol" ? connection.info.proxyProtocol?.source?.port : undefined;
    // As nginx writes addresses, however the proxy wrote it.
    const address = IpAddress.parse(found.address)?.toString() ?? found.address;
    request.realAddress = { address, port: found.port ?? port ?? 0 };
  };
}

function listed({ exchange }: HttpRequest, name: string): string | undefined {
  const { headers } = exchange.request;
  if (!headers.has(name)) return undefined;
  return name === "x-forwarded-for" ? headers.all(name).join(",") : headers.get(name);
}

interface Address {
  readonly address: string;
  readonly port: number | undefined;
}

/** From the last on: recursively the last that isn't trusted, else the last. */
function choose(texts: readonly string[], proxies: Networks, recursive: boolean): Address | undefined {
  let found: Address | undefined;
  for (let at = texts.length - 1; at >= 0; at--) {
    const read = readAddress(texts[at]!.trim());
    if (read === undefined) return found;
    found = read;
    if (!recursive || !proxies.has(read.address)) return found;
  }
  return found;
}

function readAddress(text: string): Address | undefined {
  if (isIP(text) !== 0) return { address: text, port: undefined };
  const found = /^(?:\[([^\]]+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? /^\[([^\]]+)\]$/.exec(text);
  const address = found?.[1] ?? found?.[2];
  if (address === undefined || isIP(address) === 0) return undefined;
  return { address, port: found?.[3] === undefined ? undefined : Number(found[3]) };
}
