import { IpAddress } from "../../wire/index.js";
import type { Sample } from "../run/index.js";

/**
 * The IPv4 address that a text begins with, and how many characters it takes (buf2ip): what stands behind it doesn't count, and parts
 * may have leading zeros.
 */
export function leadingIpv4(text: string): { readonly address: string; readonly length: number } | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(\.?)/.exec(text);
  if (!match || match[5] === ".") return undefined;
  const parts = match.slice(1, 5).map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return { address: parts.join("."), length: match[0].length };
}

/** IPv6 text as inet_ntop(3) writes it: IPv4 within it is written with dots. */
export function ipv6Text(text: string): string | undefined {
  if (!text.includes(":")) return undefined;
  const address = IpAddress.parse(text);
  return address && formatIpv6(address);
}

function formatIpv6(address: IpAddress): string {
  const [first, second, third] = address.words as [number, number, number, number];
  const low = address.words[3] as number;
  const dotted = `${low >>> 24}.${(low >> 16) & 255}.${(low >> 8) & 255}.${low & 255}`;
  if (first === 0 && second === 0 && third === 0xffff) return `::ffff:${dotted}`;
  if (first === 0 && second === 0 && third === 0 && low >>> 16 !== 0) return `::${dotted}`;
  return address.toString();
}

export const ipv4 = (value: string): Sample => ({ type: "ipv4", value });
export const ipv6 = (value: string): Sample => ({ type: "ipv6", value });

/** An address as it stands in a socket's name. */
export function ipSample(host: string, family: 0 | 4 | 6): Sample | undefined {
  if (family === 4) return ipv4(host);
  return family === 6 ? ipv6(host) : undefined;
}

export function ipv4Number(text: string): number {
  const parts = text.split(".");
  return (
    ((Number(parts[0]) << 24) | (Number(parts[1]) << 16) | (Number(parts[2]) << 8) | Number(parts[3])) >>> 0
  );
}

export const numberIpv4 = (value: number): string =>
  `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;

/** 4 or 16 bytes. */
export const addressBytes = (text: string): Buffer => Buffer.from(IpAddress.of(text).bytes);

export function bytesText(bytes: Uint8Array): string {
  const address = IpAddress.fromBytes(bytes);
  return bytes.length === 4 ? address.toString() : formatIpv6(address);
}

/** The IPv4 address that an IPv6 one is mapped from (::ffff:a.b.c.d); undefined of all others. */
export function ipv4Within(text: string): string | undefined {
  const [first, second, third, last] = IpAddress.of(text).words as [number, number, number, number];
  return first === 0 && second === 0 && third === 0xffff ? numberIpv4(last) : undefined;
}
