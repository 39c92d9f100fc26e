import { IpAddress } from "../../../wire/index.js";

/** Addresses from a first to a last one, as numbers of 32 or 128 bits. */
export interface Network {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** Reads "10.0.0.0/8", "fd00::/8", or one address; bits behind the prefix don't count (ngx_ptocidr). undefined: it is none. */
export function parseNetwork(text: string): Network | undefined {
  const [, host = "", bits] = /^([^/]+)(?:\/(\d+))?$/.exec(text) ?? [];
  const address = IpAddress.parse(host);
  if (!address) return undefined;
  const width = address.family === 4 ? 32 : 128;
  const prefix = bits === undefined ? width : Number(bits);
  if (prefix > width) return undefined;
  const rest = (1n << BigInt(width - prefix)) - 1n;
  const last = numberOf(address) | rest;
  return { family: address.family, first: last - rest, last };
}

/** Reads "10.0.0.1-10.0.0.9"; undefined: it is no range of IPv4 addresses. */
export function parseRange(text: string): Network | undefined {
  const [from, to, ...more] = text.split("-").map((part) => IpAddress.parse(part));
  if (from?.family !== 4 || to?.family !== 4 || more.length > 0) return undefined;
  const range = { family: 4, first: numberOf(from), last: numberOf(to) } as const;
  return range.first > range.last ? undefined : range;
}

export function numberOf(address: IpAddress): bigint {
  return address.words.reduce((number, word) => (number << 32n) | BigInt(word >>> 0), 0n);
}

/** The IPv4 address that an IPv6 one stands for ("::ffff:10.0.0.1"); any other as it is. */
export function unmapped(address: IpAddress): IpAddress {
  const { words } = address;
  const isMapped = words.length === 4 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
  return isMapped ? IpAddress.fromBytes(address.bytes.slice(12)) : address;
}
