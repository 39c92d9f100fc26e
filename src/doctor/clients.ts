import { type Cluster, isIpv4, type Serving } from "./cluster.js";
import { wayFrom } from "./routing.js";

/**
 * Whom a real server has to answer, in the VIP's family: the hosts of the cluster that are neither directors nor servers; if there
 * are none, anybody that the default route leads to.
 */
export function clientsOf({ clients }: Cluster, { host, vip }: Serving): string[] {
  const is4 = vip === undefined || isIpv4(vip);
  const known = clients.flatMap((client) => {
    // The address that it asks the VIP from; a client has others, which the servers never hear of.
    const link = vip === undefined ? undefined : wayFrom(client, vip)?.link;
    const own = client.addresses.filter(
      (each) => each.link === link && isIpv4(each.address) === is4 && !each.address.startsWith("fe80:"),
    );
    return own.slice(0, 1).map(({ address }) => address);
  });
  if (known.length > 0) return known;
  const anybody = is4 ? "anybody" : "anybody6";
  return host && wayFrom(host, anybody) ? [anybody] : [];
}

export const isAnybody = (client: string): boolean => client.startsWith("anybody");

export const nameOf = (client: string): string => (isAnybody(client) ? "clients elsewhere" : client);
