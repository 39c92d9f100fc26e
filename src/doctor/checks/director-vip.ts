import { typed } from "../../sys/index.js";
import { type Cluster, distinct, hasAddress, isIpv4, macOwner } from "../cluster.js";
import { on } from "../commands.js";
import type { HostFacts } from "../facts.js";
import type { Check, Found } from "../finding.js";
import { connectedNetwork, fullLength, wayFrom } from "../routing.js";

/** Whether a machine that isn't known here answers for a VIP: another director then, for which this one stands by. */
const standsBy = ({ hosts, directors }: Cluster, vip: string): boolean =>
  directors.some(({ arp }) =>
    arp.some(({ address, macs }) => address === vip && macs.some((mac) => !macOwner(hosts, mac))),
  );

/** Who has an IPv6 address isn't asked on the wire: another director may have it, and two of them would be worse than none. */
function given(director: HostFacts, vip: string, command: string | undefined): Pick<Found, "mend" | "cure"> {
  if (!command) return {};
  if (isIpv4(vip)) return { mend: on(director, command) };
  return { cure: `If no other director has it: \`${command}\`.` };
}

/** A director directs only what is for an address of its own. One of several directors has the VIP, the others wait. */
export const directorVip: Check = {
  codes: {
    "vip-missing-director": {
      severity: "error",
      shows:
        'clients get no answer, or "no route to host": nobody has the VIP, and a host without it directs nothing',
    },
    "lo-forwarding": {
      severity: "error",
      shows: "the director finds no way to new real servers and follows no change (it counts forwarding_off)",
    },
  },
  *look(cluster) {
    const { directors } = cluster;
    for (const director of directors) {
      const vips = distinct(
        director.services.flatMap(({ vip }) => vip ?? []),
        (vip) => vip,
      );
      for (const vip of vips) {
        const taken = director.ways.some(({ to, local }) => to === vip && local);
        if (taken || directors.some((other) => hasAddress(other, vip)) || standsBy(cluster, vip)) continue;
        const network = connectedNetwork(director, vip);
        const link = network?.link ?? wayFrom(director, vip)?.link ?? director.director?.attached[0]?.link;
        const length = network?.prefixLength ?? fullLength(vip);
        yield {
          code: "vip-missing-director",
          host: director.host,
          what: `${vip} has a virtual service here, and is no address of this host`,
          ...given(director, vip, link && typed`rondo director vip add ${vip}/${length} dev ${link}`),
        };
      }
      if (director.services.length > 0 && director.sysctls["net.ipv4.conf.lo.forwarding"] === "0")
        yield {
          code: "lo-forwarding",
          host: director.host,
          what: "net.ipv4.conf.lo.forwarding is 0 (writing 0 to ip_forward sets it so): the director may not ask for routes",
          mend: on(director, "sysctl -w net.ipv4.conf.lo.forwarding=1"),
        };
    }
  },
};
