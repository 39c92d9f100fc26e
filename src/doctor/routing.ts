import { IpAddress } from "../wire/index.js";
import type { HostFacts } from "./facts.js";

/** Whether a prefix, "192.168.4.0/24", holds an address. */
export function holds(prefix: string, address: string): boolean {
  const [network, length] = prefix.split("/");
  const one = IpAddress.parse(network!);
  const other = IpAddress.parse(address);
  if (!one || !other || one.family !== other.family) return false;
  return bitsEqual(one.bytes, other.bytes, Number(length));
}

function bitsEqual(one: Uint8Array, other: Uint8Array, length: number): boolean {
  for (let i = 0; i * 8 < length; i++) {
    const mask = length - i * 8 >= 8 ? 255 : (0xff00 >> (length - i * 8)) & 255;
    if (((one[i]! ^ other[i]!) & mask) !== 0) return false;
  }
  return true;
}

const defaultFor: Readonly<Record<string, string>> = { anybody: "0.0.0.0/0", anybody6: "::/0" };

/** The way that a host's routes give a packet: none if there is no route. */
export interface Way {
  readonly link: string;
  readonly via?: string;
  /** "192.168.4.0/24" */
  readonly route: string;
}

/**
 * The way from a host to an address by its main table: the longest prefix, then the lowest metric. "anybody" is whom only a
 * default route leads to, "anybody6" the same of IPv6. Policy rules are not looked at.
 */
export function wayFrom(
  host: Pick<HostFacts, "routes">,
  address: string | "anybody" | "anybody6",
  without?: string,
): Way | undefined {
  const fitting = host.routes.filter(
    ({ to, type, via }) =>
      type === "unicast" &&
      !(without !== undefined && via === without) &&
      (defaultFor[address] ? to === defaultFor[address] : holds(to, address)),
  );
  const length = (to: string) => Number(to.split("/")[1]);
  const [best] = fitting.sort((a, b) => length(b.to) - length(a.to) || a.metric - b.metric);
  if (!best?.link) return undefined;
  return { link: best.link, ...(best.via !== undefined && { via: best.via }), route: best.to };
}

/** The Ethernet device whose own network holds an address. */
export function connectedLink(
  host: Pick<HostFacts, "addresses" | "links">,
  address: string,
): string | undefined {
  return connectedNetwork(host, address)?.link;
}

/** As {@link connectedLink}, with the length of that network's prefix. */
export function connectedNetwork(
  { addresses, links }: Pick<HostFacts, "addresses" | "links">,
  address: string,
): { link: string; prefixLength: number } | undefined {
  const ethernet = new Set(links.filter((link) => link.ethernet && !link.loopback).map(({ name }) => name));
  return addresses.find(
    (own) =>
      ethernet.has(own.link) &&
      own.prefixLength < fullLength(own.address) &&
      holds(`${own.address}/${own.prefixLength}`, address),
  );
}

/** Of a whole address: 32 or 128 bits. */
export const fullLength = (address: string): number => (address.includes(":") ? 128 : 32);
