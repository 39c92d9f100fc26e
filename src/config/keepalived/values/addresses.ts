import { IpAddress } from "../../../wire/address.js";

/**
 * An address as most keywords take it: what follows "-" or "/" is left out. Undefined: none. (lib/utils.c,
 * inet_stosockaddr().)
 */
export function plainAddress(text: string): IpAddress | undefined {
  return IpAddress.parse(text.replace(text.includes("-") ? /-.*/s : /\/.*/s, ""));
}

/** "0.0.0.0" or "::". */
export const anyAddress = (family: 4 | 6): IpAddress => IpAddress.of(family === 4 ? "0.0.0.0" : "::");

export const isMulticast = (address: IpAddress): boolean =>
  address.family === 4 ? address.byte(0) >> 4 === 14 : address.byte(0) === 0xff;

/** fe80::/10. */
export const isLinkLocal = (address: IpAddress): boolean =>
  address.family === 6 && address.byte(0) === 0xfe && (address.byte(1) & 0xc0) === 0x80;

/** The address with the bits behind the prefix set or cleared. */
export function edgeOf(address: IpAddress, prefixLength: number, ones: boolean): IpAddress {
  const bytes = address.bytes.map((byte, i) => {
    const kept = Math.min(8, Math.max(0, prefixLength - 8 * i));
    const mask = (0xff00 >> kept) & 0xff;
    return ones ? byte | (0xff >> kept) : byte & mask;
  });
  return IpAddress.fromBytes(Uint8Array.from(bytes));
}

/** Whether two addresses are of one network. */
export const sameNetwork = (a: IpAddress, b: IpAddress, prefixLength: number): boolean =>
  a.family === b.family && edgeOf(a, prefixLength, false).equals(edgeOf(b, prefixLength, false));
