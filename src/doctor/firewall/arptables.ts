import type { HostFacts } from "../facts.js";
import { holds } from "../routing.js";
import { ruleWords, split } from "./iptables.js";
import { nftChains } from "./nft.js";

/** A rule that keeps ARP about an address back. */
export interface ArpRule {
  readonly text: string;
  readonly remove: string;
}

/**
 * The rule of arptables (or of an nft table of family arp) that stops what comes in asking for an address, or what goes out asking
 * as it: dropped, or with another address written over it.
 */
export function arpRulesAbout(
  host: HostFacts,
  chain: "INPUT" | "OUTPUT",
  address: string,
): ArpRule | undefined {
  const { arptables, nft = [] } = host.firewall;
  const rules =
    arptables === undefined ? nftRules(nft, chain, address) : savedRules(arptables, chain, address);
  return rules[0];
}

/** arptables-save(8): "-A INPUT -j DROP -d 192.168.4.15". */
function savedRules(text: string, chain: string, address: string): ArpRule[] {
  const side = chain === "INPUT" ? "-d" : "-s";
  return text
    .split("\n")
    .filter((line) => line.startsWith(`-A ${chain} `))
    .filter((line) => {
      const words = split(line);
      const target = words[words.indexOf("-j") + 1];
      const at = words.indexOf(side);
      if (at < 0 || words[at - 1] === "!" || !["DROP", "mangle"].includes(target ?? "")) return false;
      const wanted = words[at + 1]!;
      return holds(wanted.includes("/") ? wanted : `${wanted}/32`, address);
    })
    .map((line) => ({ text: `arptables ${line}`, remove: `arptables -D ${ruleWords(line)}` }));
}

function nftRules(nft: readonly unknown[], chain: string, address: string): ArpRule[] {
  const field = `arp ${chain === "INPUT" ? "daddr" : "saddr"} ip ${address}`;
  return nftChains(nft, ["arp"])
    .filter(({ hook }) => hook === chain.toLowerCase())
    .flatMap(({ rules }) => rules)
    .filter(({ text }) => text.includes(field) && /(?:drop|mangle|xt)$/.test(text))
    .map(({ text, remove }) => ({ text, remove }));
}
