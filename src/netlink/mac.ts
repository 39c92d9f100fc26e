import { RondoError } from "../errors.js";

/** Ethernet addresses are lower-case text with colons: "02:00:00:00:00:01". */
export function formatMac(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** @throws {RondoError} "bad-mac-address" */
export function parseMac(text: string): Uint8Array {
  if (!/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(text))
    throw new RondoError("bad-mac-address", `not an Ethernet address: "${text}"`, {
      remedy: 'Write six bytes in hexadecimal with colons, as in "02:00:00:00:00:01".',
    });
  return Uint8Array.from(text.split(":"), (part) => Number.parseInt(part, 16));
}
