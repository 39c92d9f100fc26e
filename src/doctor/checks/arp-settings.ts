import { type ArpSetting, keepsQuiet, quietest } from "../../ipvs/arp-quiet.js";
import { effective, hostsServing, isIpv4, linkOf, sysctl } from "../cluster.js";
import { linkSysctl, on, setSysctl } from "../commands.js";
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
      if (loud.length > 0) yield* loudAt(host, "arp_ignore", `answers ARP for ${loud.join(", ")}`);
      const asking = vips.filter(
        (vip) => linkOf(host, vip) !== undefined && !arpRulesAbout(host, "OUTPUT", vip),
      );
      if (asking.length > 0) yield* loudAt(host, "arp_announce", `asks by ARP as ${asking.join(", ")}`);
    }
  },
};

/** What has to be done first on a server that is to be given a VIP: it would answer ARP for it from the first moment on. */
export function hushing(host: HostFacts, vip: string): string[] {
  if (!isIpv4(vip)) return [];
  return [
    ...(arpRulesAbout(host, "INPUT", vip) ? [] : loudness(host, "arp_ignore").commands),
    ...(arpRulesAbout(host, "OUTPUT", vip) ? [] : loudness(host, "arp_announce").commands),
  ];
}

function* loudAt(host: HostFacts, name: ArpSetting, does: string) {
  const { loud, commands } = loudness(host, name);
  if (loud.length === 0) return;
  yield {
    code: name.replace("_", "-"),
    host: host.host,
    what: `${name} is ${loud.map((link) => `${effective(host, name, link)} at ${link}`).join(", ")}, so this host ${does}`,
    mend: on(host, ...commands),
  };
}

/** Devices at which a setting lets a host speak, and what makes it keep quiet there. */
function loudness(host: HostFacts, name: ArpSetting): { loud: string[]; commands: string[] } {
  const own = (link: string) => sysctl(host, linkSysctl(link, name));
  const all = own("all");
  const links = host.links.filter(({ ethernet, loopback, port }) => ethernet && !loopback && !port);
  const loud = links.map((link) => link.name).filter((link) => !keepsQuiet(name, all, own(link)));
  if (loud.length === 0) return { loud, commands: [] };
  const set = quietest[name];
  const forAll = keepsQuiet(name, all, 0) ? all : set;
  // A device's own value that is larger undoes that of all.
  const deaf = loud.filter((link) => !keepsQuiet(name, forAll, own(link)));
  return {
    loud,
    commands: [
      ...(forAll === all ? [] : [setSysctl(linkSysctl("all", name), set)]),
      ...deaf.map((link) => setSysctl(linkSysctl(link, name), set)),
    ],
  };
}
