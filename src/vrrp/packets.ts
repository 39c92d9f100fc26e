import type { VrrpInstance } from "../config/keepalived/model/index.js";
import { encodeVrrp, type IpAddress, type VrrpChecksum, vrrpPassword } from "../wire/index.js";
import { authenticationType, isUnicast } from "./check.js";
import type { VrrpAction } from "./types.js";

/** The action that advertises an instance to the group, or to each of its peers. */
export function advertise(
  settings: VrrpInstance,
  priority: number,
  source: IpAddress,
  group: IpAddress,
  checksum: VrrpChecksum,
): VrrpAction {
  const { version, virtualRouterId, advertInterval: interval } = settings;
  const unicast = isUnicast(settings);
  const type = authenticationType(settings);
  const data = type === 1 ? vrrpPassword(settings.authentication!.password) : new Uint8Array(8);
  return {
    kind: "advertise",
    instance: settings.name,
    settings,
    advertisement: {
      version,
      virtualRouterId,
      priority,
      interval,
      addresses: settings.addresses.map(({ address }) => address),
      ...(version === 2 && { authentication: { type, data } }),
    },
    source,
    destinations: unicast ? settings.unicastPeers.map(({ address }) => address) : [group],
    group,
    checksum: unicast ? checksum : "pseudo",
  };
}

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
