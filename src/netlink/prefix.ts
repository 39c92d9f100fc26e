import { RondoError } from "../errors.js";
import type { IpAddress } from "../wire/address.js";

/** The length of the longest prefix: 32 or 128. */
export const fullLength = (address: IpAddress) => 8 * address.bytes.length;

/**
 * A prefix length of an address of this family; the full one if none is given.
 * @throws {RondoError} "bad-prefix-length"
 */
export function checkPrefixLength(address: IpAddress, length: number = fullLength(address)): number {
  if (Number.isInteger(length) && length >= 0 && length <= fullLength(address)) return length;
  throw new RondoError(
    "bad-prefix-length",
    `${address}/${length}: a prefix of IPv${address.family} has 0 to ${fullLength(address)} bits`,
  );
}

/** How far an address or a route reaches: RT_SCOPE_* of include/uapi/linux/rtnetlink.h. */
export const Scope = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const;
export type Scope = keyof typeof Scope;

/**
 * The kernel's number of a scope that is given by name or as that number.
 * @throws {RondoError} "bad-scope"
 */
export function scopeNumber(scope: Scope | number): number {
  const number = typeof scope === "number" ? scope : Scope[scope];
  if (Number.isInteger(number) && number >= 0 && number <= 255) return number;
  throw new RondoError("bad-scope", `${scope} is not a scope, which is 0 to 255`);
}
