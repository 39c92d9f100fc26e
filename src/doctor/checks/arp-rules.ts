import { hasAddress, isIpv4 } from "../cluster.js";
import { on } from "../commands.js";
import type { Check } from "../finding.js";
import { arpRulesAbout } from "../firewall/arptables.js";

/** What keeps real servers quiet must not stand on the director, which has to answer. */
export const arpRules: Check = {
  codes: {
    "arp-blocked": { severity: "error", shows: 'clients on the VIP\'s network say "no route to host"' },
  },
  *look({ directors }) {
    for (const host of directors)
      for (const vip of new Set(host.services.flatMap((service) => service.vip ?? []))) {
        if (!isIpv4(vip) || !hasAddress(host, vip)) continue;
        const rule = arpRulesAbout(host, "INPUT", vip) ?? arpRulesAbout(host, "OUTPUT", vip);
        if (rule)
          yield {
            code: "arp-blocked",
            host: host.host,
            what: `the rule "${rule.text}" keeps this director from answering ARP for ${vip}`,
            mend: on(host, rule.remove),
          };
      }
  },
};
