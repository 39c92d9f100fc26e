import { Given } from "../../asm/index.js";
import type { Link } from "../../netlink/index.js";
import type { Secrets } from "./flow.js";
import type { DirectorState } from "./state.js";

// What programs are told when they are loaded, so that one image serves all directors and devices.

const secrets = new Given("secrets", 24);

/** In the place of the director's own, which {@link givenBy} tells. */
export const givenSecrets: Secrets = [secrets.number(0), secrets.number(8), secrets.number(16)];
/** In the place of the address of the device that the program is loaded for. */
export const givenMac = new Given("mac", 6);

/** What a director's program for this device is given, or for all where it asks for no device's address. */
export function givenBy(state: DirectorState, link?: Pick<Link, "mac">): Record<string, Uint8Array> {
  const bytes = Buffer.alloc(secrets.size);
  for (const [i, secret] of [...state.settings.secrets].entries()) bytes.writeBigUInt64LE(secret, 8 * i);
  return { [secrets.name]: bytes, ...(link?.mac && { [givenMac.name]: link.mac.bytes }) };
}
