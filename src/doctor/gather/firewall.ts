import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { FirewallFacts, Unseen } from "../facts.js";

/** Where the tools are that an ordinary user has not in his PATH. */
const path = `${process.env["PATH"] ?? "/usr/bin:/bin"}:/usr/sbin:/sbin`;

/** Reads the packet filter's rules by its own tools; what can't be read is put down in `unseen`. */
export function readFirewall(unseen: Unseen[]): FirewallFacts {
  const text = printed("nft", ["-j", "list", "ruleset"]);
  const nft = text === undefined ? undefined : listOf(text);
  // What iptables and arptables have made, nft shows, too; their own tools tell it better. The old ones have tables of their own.
  const iptables = mayHave(nft, "ip") ? printed("iptables-save", []) : "";
  const arptables = mayHave(nft, "arp") ? printed("arptables-save", []) : "";
  if (nft === undefined && iptables === undefined)
    unseen.push({
      what: "firewall rules",
      why: "neither nft nor iptables-save could tell them (Debian's packages nftables and iptables)",
    });
  if (nft === undefined && arptables === undefined)
    unseen.push({
      what: "rules about ARP",
      why: "neither nft nor arptables-save could tell them (Debian's packages nftables and arptables)",
    });
  return {
    ...(nft && { nft }),
    ...(iptables && { iptables }),
    ...(arptables && { arptables }),
  };
}

function mayHave(nft: readonly unknown[] | undefined, family: "ip" | "arp"): boolean {
  if (nft === undefined) return true;
  const inNft = nft.some((each) => (each as { table?: { family: string } }).table?.family === family);
  return inNft || hasOldTables(`/proc/thread-self/net/${family}_tables_names`);
}

/** There is no such file before anybody has used them. */
function hasOldTables(path: string): boolean {
  try {
    return readFileSync(path, "utf8").trim() !== "";
  } catch {
    return false;
  }
}

function printed(command: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, {
    encoding: "utf8",
    env: { ...process.env, PATH: path },
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 10_000,
    maxBuffer: 64 << 20,
  });
  return status === 0 ? stdout : undefined;
}

function listOf(text: string): unknown[] {
  try {
    return (JSON.parse(text) as { nftables?: unknown[] }).nftables ?? [];
  } catch {
    return []; // nft prints nothing at all where there is nothing.
  }
}
