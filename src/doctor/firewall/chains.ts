import type { FirewallFacts } from "../facts.js";
import { iptablesChains } from "./iptables.js";
import type { Chain } from "./judge.js";
import { nftChains } from "./nft.js";

/** All chains that packets of IP pass. What iptables-save tells is not read a second time from nft, which shows it, too. */
export function chainsOf({ nft = [], iptables }: FirewallFacts): Chain[] {
  const theirs = iptables === undefined ? [] : iptablesChains(iptables);
  const tables = new Set(iptables?.match(/^\*\w+/gm)?.map((line) => `ip ${line.slice(1)}`));
  return [
    ...theirs,
    ...nftChains(nft, ["ip", "ip6", "inet"]).filter(({ name }) => !tables.has(tableOf(name))),
  ];
}

/** "ip filter" of "ip filter INPUT" */
const tableOf = (name: string): string => name.split(" ").slice(0, 2).join(" ");
