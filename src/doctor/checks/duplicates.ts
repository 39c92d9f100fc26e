import { distinct } from "../cluster.js";
import type { Check } from "../finding.js";

/** One address on two hosts, which is no VIP. */
export const duplicates: Check = {
  codes: {
    "address-duplicate": {
      severity: "error",
      shows: "packets come now to the one, now to the other host; connections break",
    },
  },
  *look({ hosts, servings }) {
    const vips = new Set(servings.map(({ vip }) => vip));
    for (const host of hosts)
      for (const { address, link } of host.addresses.filter(({ duplicate }) => duplicate))
        yield {
          code: "address-duplicate",
          host: host.host,
          what: `another machine has ${address} of ${link}, too`,
          cure,
        };
    const rips = distinct(
      servings.filter(({ rip }) => rip !== undefined && !vips.has(rip)).map(({ rip }) => rip!),
      String,
    );
    for (const rip of rips) {
      const having = hosts.filter(({ addresses, links }) =>
        addresses.some(
          ({ address, link }) =>
            address === rip && links.some(({ name, loopback }) => name === link && !loopback),
        ),
      );
      if (having.length > 1)
        yield {
          code: "address-duplicate",
          host: having[1]!.host,
          what: `${having.map(({ host }) => host).join(" and ")} both have the real server's address ${rip}`,
          cure,
        };
    }
  },
};

const cure = "Give one of them another address.";
