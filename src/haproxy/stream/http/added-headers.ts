import { isIP } from "node:net";
import type { AddedAddress } from "../../../config/haproxy/model/index.js";
import type { Endpoint, Headers } from "../../../proxy/index.js";
import { IpAddress } from "../../../wire/address.js";
import type { AddedHeader } from "../compiled.js";

/** `option forwardfor` or `originalto` made ready. */
export function compileAddedHeader(added: AddedAddress | undefined): AddedHeader | undefined {
  if (added === undefined) return undefined;
  return { header: added.header.toLowerCase(), ifNone: added.ifNone, excepted: within(added.except) };
}

/** Whether an address is in a network; nothing is in none. */
function within(network: string | undefined): (address: string) => boolean {
  if (network === undefined) return () => false;
  const [text, bits] = network.split("/") as [string, string | undefined];
  const base = IpAddress.parse(text)?.bytes;
  if (base === undefined) return () => false;
  const length = bits === undefined ? base.length * 8 : Number(bits);
  return (address) => {
    const bytes = isIP(address) === 0 ? undefined : IpAddress.parse(address)?.bytes;
    if (bytes === undefined || bytes.length !== base.length) return false;
    for (let bit = 0; bit < length; bit += 8) {
      const mask = length - bit >= 8 ? 0xff : (0xff << (8 - (length - bit))) & 0xff;
      if (((bytes[bit / 8] as number) & mask) !== ((base[bit / 8] as number) & mask)) return false;
    }
    return true;
  };
}

/** Adds the client's address (or that which it connected to), as front end or back end ask for it; the back end's name of it goes first. */
export function addAddressHeader(
  headers: Headers,
  front: AddedHeader | undefined,
  back: AddedHeader | undefined,
  endpoint: Endpoint,
): void {
  if (endpoint.family === 0) return;
  const named = back ?? front;
  if (named === undefined) return;
  const always = (front !== undefined && !front.ifNone) || (back !== undefined && !back.ifNone);
  if (!always && headers.has(named.header)) return;
  if (front?.excepted(endpoint.host) || back?.excepted(endpoint.host)) return;
  headers.add(named.header, endpoint.host);
}
