import { effective, hostsServing, isIpv4, linkOf } from "../cluster.js";
import { on, setSysctl } from "../commands.js";
import type { HostFacts } from "../facts.js";
import type { Check } from "../finding.js";
import { arpRulesAbout } from "../firewall/arptables.js";

/** A real server that has the VIP must neither answer ARP for it nor ask with it. */
export const arpSettings: Check = {
  codes: {
    "arp-ignore": {
      severity: "error",
      shows: "clients' packets go to this server past the director, or now here, now there",
    },
    "arp-announce": {
      severity: "error",
      shows:
        "the server asks for neighbours with the VIP as its own address, and they take it for the VIP's host",
    },
  },
  *look(cluster) {
    const serving = hostsServing(cluster, ["droute", "tunnel"]);
    for (const host of new Set(serving.map((each) => each.host))) {
      const vips = serving.filter((each) => each.host === host && isIpv4(each.vip)).map(({ vip }) => vip);
      // Where arptables keeps quiet about a VIP, the sysctls need not.
      const loud = vips.filter(
        (vip) => linkOf(host, vip) !== undefined && !arpRulesAbout(host, "INPUT", vip),
      );
      if (loud.length > 0) yield* below(host, "arp_ignore", 1, `answers ARP for ${loud.join(", ")}`);
      const asking = vips.filter(
        (vip) => linkOf(host, vip) !== undefined && !arpRulesAbout(host, "OUTPUT", vip),
      );
      if (asking.length > 0) yield* below(host, "arp_announce", 2, `asks by ARP as ${asking.join(", ")}`);
    }
  },
};

function* below(host: HostFacts, name: "arp_ignore" | "arp_announce", least: number, does: string) {
  const links = host.links.filter(({ ethernet, loopback, port }) => ethernet && !loopback && !port);
  const low = links.map((link) => link.name).filter((link) => effective(host, name, link) < least);
  if (low.length === 0) return;
  yield {
    code: name.replace("_", "-"),
    host: host.host,
    what: `${name} is below ${least} at ${low.join(", ")}, so this host ${does}`,
    // The greater one of "all" and the device's own counts.
    mend: on(host, setSysctl(`net.ipv4.conf.all.${name}`, least)),
  };
}
