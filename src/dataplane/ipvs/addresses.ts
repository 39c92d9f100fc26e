import { type Attributes, MalformedMessageError } from "../../netlink/index.js";
import { IpAddress } from "../../wire/address.js";

const AF_INET = 2;
const AF_INET6 = 10;

/** The kernel's number of an IP version. */
export const familyNumber = (family: 4 | 6): number => (family === 4 ? AF_INET : AF_INET6);

/** The IP version of an attribute; IPv4 where it is not there. */
export function familyIn(attributes: Attributes, type: number): 4 | 6 {
  const number = attributes.u16(type) ?? AF_INET;
  if (number !== AF_INET && number !== AF_INET6) throw new MalformedMessageError(`address family ${number}`);
  return number === AF_INET ? 4 : 6;
}

/** union nf_inet_addr: 16 bytes for either family, IPv4's in the first four. */
export function addressBytes(address: IpAddress): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(address.bytes);
  return bytes;
}

export function addressIn(attributes: Attributes, type: number, family: 4 | 6): IpAddress {
  const bytes = attributes.bytes(type);
  const length = family === 4 ? 4 : 16;
  if (!bytes || bytes.length < length)
    throw new MalformedMessageError(`an IPv${family} address of ${bytes?.length ?? 0} bytes`);
  return IpAddress.fromBytes(bytes.slice(0, length));
}

/** A port, in network order. */
export const portBytes = (port: number): Uint8Array => Uint8Array.of(port >> 8, port & 255);

/** 0 where it is not there. */
export function portIn(attributes: Attributes, type: number): number {
  const bytes = attributes.bytes(type);
  if (!bytes) return 0;
  if (bytes.length < 2) throw new MalformedMessageError(`a port of ${bytes.length} bytes`);
  return (bytes[0]! << 8) | bytes[1]!;
}
