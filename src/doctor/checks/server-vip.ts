import { hostsServing, isIpv4, type Serving } from "../cluster.js";
import { addToLo, on, takeAddress } from "../commands.js";
import type { HostFacts } from "../facts.js";
import type { Check } from "../finding.js";
import { fullLength } from "../routing.js";
import { hushing } from "./arp-settings.js";

/** A real server by DR or TUN gets packets for the VIP, and has to take them for its own; without telling anybody. */
export const serverVip: Check = {
  codes: {
    "vip-missing-server": {
      severity: "error",
      shows: "requests that go to this server are never answered: it drops them, or sends them on",
    },
    "vip-on-ethernet": {
      severity: "error",
      shows: "the server announces the VIP as its own and answers ARP for it, also with arp_ignore 1",
    },
    "vip-mask": {
      severity: "error",
      shows: "the server takes all of the VIP's network for itself, and reaches nobody there",
    },
  },
  *look(cluster) {
    for (const serving of hostsServing(cluster, ["droute", "tunnel"])) {
      const { host, vip } = serving;
      const own = host.addresses.filter(({ address }) => address === vip);
      const loud = own.filter(({ link }) => speaks(host, link));
      const wide = own.find(({ link, prefixLength }) => link === "lo" && prefixLength < fullLength(vip));
      if (own.length === 0 && !isTaken(host, vip)) {
        yield {
          code: "vip-missing-server",
          host: host.host,
          what: `${vip} is not an address of this host, which is ${nameOf(serving)}`,
          // Quiet first: with the address it would answer for it.
          mend: on(host, ...hushing(host, vip), addToLo(vip)),
          explainedBy: [{ host: host.host, codes: ["no-decapsulation"] }],
        };
      }
      const isOnLo = own.some(({ link }) => !speaks(host, link));
      for (const place of isIpv4(vip) ? loud : [])
        yield {
          code: "vip-on-ethernet",
          host: host.host,
          what: `${vip} is on ${place.link}, where it is answered for; on a real server it belongs on lo`,
          mend: on(host, ...(isOnLo ? [] : [addToLo(vip)]), ...takeAddress(host, place)),
        };
      if (wide)
        yield {
          code: "vip-mask",
          host: host.host,
          what: `${vip} is on lo with a mask of ${wide.prefixLength} bits, where it needs all ${fullLength(vip)}`,
          mend: on(
            host,
            ...(own.some(({ prefixLength }) => prefixLength === fullLength(vip)) ? [] : [addToLo(vip)]),
            ...takeAddress(host, wide),
          ),
        };
    }
  },
};

const speaks = (host: HostFacts, name: string): boolean =>
  host.links.some((link) => link.name === name && link.ethernet && !link.loopback);

/** Taken for its own all the same, by a route of type local. */
const isTaken = (host: HostFacts, vip: string): boolean =>
  host.ways.some(({ to, local }) => to === vip && local);

const nameOf = ({ method, service }: Serving) =>
  `a real server by ${method === "tunnel" ? "TUN" : "DR"}${service ? ` of ipvsadm's ${service.name}` : ""}`;
