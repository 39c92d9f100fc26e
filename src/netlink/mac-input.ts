import { RondoError } from "../errors.js";
import { MacAddress } from "../wire/mac.js";

/** An Ethernet address as callers may give it: a value, or text as "02:00:00:00:00:01". */
export type MacInput = MacAddress | string;

/** @throws {RondoError} "bad-mac-address" */
export function macOf(input: MacInput): MacAddress {
  const mac = typeof input === "string" ? MacAddress.parse(input) : input;
  if (mac) return mac;
  throw new RondoError("bad-mac-address", `not an Ethernet address: "${input}"`, {
    remedy: 'Write six bytes in hexadecimal with colons, as in "02:00:00:00:00:01".',
  });
}
