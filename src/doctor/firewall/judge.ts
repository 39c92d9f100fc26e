import { isIpv4 } from "../cluster.js";

/** A packet as rules see it: the first of a request, or an answer. What is left out isn't known. */
export interface Packet {
  /** Where it passes, in nftables' words. */
  readonly hooks: readonly string[];
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly source?: string;
  readonly destination?: string;
  readonly port?: number;
  readonly sourcePort?: number;
  readonly in?: string;
  readonly state: "new" | "established";
}

/** Whether a packet has what a rule asks for; undefined: that can't be told. */
export type Test = (packet: Packet) => boolean | undefined;

export type Verdict =
  | "accept"
  | "drop"
  | "reject"
  | "return"
  | { readonly jump: string }
  | { readonly goto: string };

export interface Rule {
  readonly tests: readonly Test[];
  /** None: it only counts, logs, marks. */
  readonly verdict?: Verdict;
  /** As a person would write it. */
  readonly text: string;
  /** The command that takes it away. */
  readonly remove: string;
}

export interface Chain {
  /** By which jumps name it: "FAMILY TABLE CHAIN". */
  readonly name: string;
  /** Of a base chain. */
  readonly hook?: string;
  readonly policy?: "accept" | "drop";
  readonly rules: readonly Rule[];
  /** The command that lets a packet pass before all its rules. */
  readonly allow: (packet: Packet) => string;
}

/** What stops a packet. */
export interface Stop {
  readonly verdict: "drop" | "reject";
  /** 'the rule "…" in input' */
  readonly by: string;
  /** Takes the rule away; none if it is a chain's policy, or a rule that stops other packets, too. */
  readonly remove?: string;
  readonly allow: Chain["allow"];
}

/** How deep chains may jump (the kernel's own limit is 16). */
const deepest = 16;

/** What stops a packet for sure, if anything does. A rule that may or may not fit is passed over. */
export function judge(chains: readonly Chain[], packet: Packet): Stop | undefined {
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  for (const hook of packet.hooks)
    for (const chain of chains.filter((each) => each.hook === hook && sees(each, packet))) {
      const end = walk(chain, packet, byName, 0);
      if (end === "accept") continue;
      if (typeof end === "object")
        return {
          verdict: end.verdict === "reject" ? "reject" : "drop",
          by: `the rule "${end.text}" in ${chain.name}`,
          ...(isNarrow(end, packet) && { remove: end.remove }),
          allow: chain.allow,
        };
      if (chain.policy === "drop")
        return { verdict: "drop", by: `the policy of ${chain.name}`, allow: chain.allow };
    }
  return undefined;
}

/** Whether a chain's family is the packet's: iptables sees no IPv6, and "ip6" no IPv4. */
function sees({ name }: Chain, { destination, source }: Packet): boolean {
  const [family] = name.split(" ");
  const address = destination ?? source;
  return (
    address === undefined || (family !== "ip" && family !== "ip6") || isIpv4(address) === (family === "ip")
  );
}

/**
 * Whether a rule is about this service alone, so that it can go: one that stops other ports, too, may be what keeps the host
 * from all the world, and stays.
 */
function isNarrow({ tests }: Rule, packet: Packet): boolean {
  const others = (port: number | undefined) =>
    port === undefined
      ? [undefined]
      : [1, 22, 80, 443, 8080, 65535, port - 1, port + 1].filter((other) => other !== port);
  const stops = (other: Packet) => tests.every((test) => test(other) !== false);
  return !others(packet.port).some((port) =>
    others(packet.sourcePort).some((sourcePort) =>
      stops({
        ...packet,
        ...(port !== undefined && { port }),
        ...(sourcePort !== undefined && { sourcePort }),
      }),
    ),
  );
}

/** "accept", the rule that stops it, or "end": it came to the end of the chain (or an uncertain rule might have let it pass). */
function walk(
  chain: Chain,
  packet: Packet,
  byName: ReadonlyMap<string, Chain>,
  depth: number,
): Rule | "accept" | "end" {
  let mayPass = false;
  for (const rule of chain.rules) {
    const results = rule.tests.map((test) => test(packet));
    const { verdict } = rule;
    if (verdict === undefined || results.includes(false)) continue;
    if (results.includes(undefined)) {
      // What may have let it pass forbids to say that something behind it stops it.
      mayPass ||= verdict === "accept" || typeof verdict === "object";
      continue;
    }
    if (verdict === "accept") return "accept";
    if (verdict === "return") break;
    if (verdict === "drop" || verdict === "reject") return mayPass ? "accept" : rule;
    const target = byName.get("jump" in verdict ? verdict.jump : verdict.goto);
    if (!target || depth >= deepest) {
      mayPass = true;
      continue;
    }
    const end = walk(target, packet, byName, depth + 1);
    if (end === "accept") return "accept";
    if (end !== "end") return mayPass ? "accept" : end;
    if ("goto" in verdict) break;
  }
  return mayPass ? "accept" : "end";
}
