import { encodeVrrp, type IpAddress } from "../wire/index.js";
import type { VrrpAction } from "./types.js";

/** What an "advertise" action sends: the bytes behind the IP header, which differ between unicast peers of version 3. */
export function advertisementPackets(
  action: Extract<VrrpAction, { kind: "advertise" }>,
): { readonly source: IpAddress; readonly destination: IpAddress; readonly payload: Uint8Array }[] {
  const { source, advertisement, group, checksum } = action;
  return action.destinations.map((destination) => {
    const ends = { source, destination, ...(source.family === 4 && group.family === 4 && { group }) };
    return { source, destination, payload: encodeVrrp(advertisement, ends, checksum) };
  });
}
