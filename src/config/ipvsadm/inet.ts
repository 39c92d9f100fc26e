import { IpAddress } from "../../wire/address.js";

/**
 * An IPv4 address in every form that inet_aton(3) takes: one to four parts, each decimal, octal (0…) or hexadecimal
 * (0x…), the last filling all bytes that are left: "10.66.0" is 10.66.0.0 and "1" is 0.0.0.1. What follows a blank is
 * ignored.
 */
export function inetAton(text: string): IpAddress | undefined {
  const parts = text.replace(/[ \t\n\v\f\r].*$/s, "").split(".");
  if (parts.length > 4) return undefined;
  const numbers = parts.map(cNumber);
  const last = numbers.pop();
  const room = 2 ** (8 * (4 - numbers.length));
  if (last === undefined || last >= room) return undefined;
  let value = last;
  for (const [index, number] of numbers.entries()) {
    if (number === undefined || number > 255) return undefined;
    value += number * 2 ** (8 * (3 - index));
  }
  return IpAddress.fromBytes(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
}

function cNumber(text: string): number | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return Number.parseInt(text, 16);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9][0-9]*$/.test(text) ? Number(text) : undefined;
}

/** An IPv4 address in four decimal parts without leading zeros, as inet_pton(3) takes it. */
export function inetPton4(text: string): IpAddress | undefined {
  return /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text) ? IpAddress.parse(text) : undefined;
}

/** An IPv6 address as inet_pton(3) takes it. */
export function inetPton6(text: string): IpAddress | undefined {
  // The shortest one, "::", has two colons; host:port has one, and is asked about for each line of a file.
  return text.indexOf(":") !== text.lastIndexOf(":") ? IpAddress.parse(text) : undefined;
}

/**
 * An address as inet_ntop(3) writes it: as RFC 5952, with the last four bytes in decimal for addresses that hold an
 * IPv4 address (::a.b.c.d and ::ffff:a.b.c.d).
 */
export function inetNtop(address: IpAddress): string {
  if (address.family === 4) return address.toString();
  const { bytes } = address;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  const four = bytes.subarray(12).join(".");
  if (zeros === 12 || zeros === 13) return `::${four}`;
  if (zeros === 10 && bytes[10] === 255 && bytes[11] === 255) return `::ffff:${four}`;
  return address.toString();
}
