import { shellWord, typed } from "../../sys/index.js";
import { isIpv4 } from "../cluster.js";
import { holds } from "../routing.js";
import type { Chain, Packet, Rule, Test, Verdict } from "./judge.js";

// The rules of `nft -j list ruleset`: libnftables-json(5) tells what its objects are.

type Json = Readonly<Record<string, unknown>>;

interface NftObject {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly name: string;
  readonly handle: number;
  readonly hook?: string;
  readonly policy?: "accept" | "drop";
  readonly elem?: readonly unknown[];
  readonly expr?: readonly Json[];
}

/** The chains of tables of these families, whose names are "FAMILY TABLE CHAIN". */
export function nftChains(list: readonly unknown[], families: readonly string[]): Chain[] {
  const ours = (kind: string) =>
    list
      .map((each) => (each as Readonly<Record<string, NftObject | undefined>>)[kind])
      .filter((each) => each !== undefined)
      .filter(({ family }) => families.includes(family));
  const sets = new Map(ours("set").map((set) => [`${set.family} ${set.table} @${set.name}`, set.elem ?? []]));
  const rules = ours("rule");
  return ours("chain").map((chain) => {
    const table = `${chain.family} ${chain.table}`;
    const name = `${table} ${chain.name}`;
    const own = rules.filter((rule) => `${rule.family} ${rule.table} ${rule.chain}` === name);
    return {
      name,
      ...(chain.hook !== undefined && { hook: chain.hook }),
      ...(chain.policy && { policy: chain.policy }),
      rules: own.map((rule) => ruleOf(rule, table, (set) => sets.get(`${table} ${set}`))),
      allow: (packet) =>
        `nft insert rule ${[chain.family, chain.table, chain.name].map(shellWord).join(" ")} ${words(packet)} accept`,
    };
  });
}

type SetNamed = (name: string) => readonly unknown[] | undefined;

function ruleOf(
  { family, table, chain, handle, expr = [] }: NftObject,
  place: string,
  setNamed: SetNamed,
): Rule {
  const tests: Test[] = [];
  let verdict: Verdict | undefined;
  for (const one of expr) {
    if ("match" in one) tests.push(testOf(one["match"] as Json, setNamed));
    else if ("accept" in one || "drop" in one || "reject" in one || "return" in one)
      verdict = Object.keys(one)[0] as Verdict;
    else if ("jump" in one) verdict = { jump: `${place} ${(one["jump"] as Json)["target"]}` };
    else if ("goto" in one) verdict = { goto: `${place} ${(one["goto"] as Json)["target"]}` };
    else if (!harmless.some((name) => name in one)) {
      // Something that this doesn't know may match, or end the rule (xt, vmap, limit, queue …).
      tests.push(() => undefined);
      if ("xt" in one || "vmap" in one || "queue" in one) verdict = "accept";
    }
  }
  return {
    tests,
    ...(verdict !== undefined && { verdict }),
    text: textOf(expr),
    remove: typed`nft delete rule ${family} ${table} ${chain} handle ${handle}`,
  };
}

/** What neither asks for anything nor decides. */
const harmless = ["counter", "log", "mangle", "notrack", "comment"];

function testOf(match: Json, setNamed: SetNamed): Test {
  const left = match["left"] as Json;
  const values = valuesOf(match["right"], setNamed);
  const isNot = match["op"] === "!=";
  if (!values || !["==", "in", "!="].includes(String(match["op"]))) return () => undefined;
  return (packet) => {
    const result = fits(left, values, packet);
    return result === undefined ? undefined : result !== isNot;
  };
}

/** One value, or any of a set's; undefined for what can't be read. */
function valuesOf(right: unknown, setNamed: SetNamed): readonly unknown[] | undefined {
  if (typeof right === "string" && right.startsWith("@")) return setNamed(right);
  if (Array.isArray(right)) return right;
  if (typeof right === "object" && right !== null && "set" in right) return right.set as unknown[];
  return [right];
}

function fits(left: Json, values: readonly unknown[], packet: Packet): boolean | undefined {
  const payload = left["payload"] as { protocol?: string; field?: string } | undefined;
  const meta = (left["meta"] as { key?: string } | undefined)?.key;
  const ct = (left["ct"] as { key?: string } | undefined)?.key;
  const address = packet.destination ?? packet.source;
  const family = address !== undefined && isIpv4(address) ? "ip" : "ip6";
  if (payload?.protocol === "ip" || payload?.protocol === "ip6") {
    if (payload.protocol !== family) return false;
    if (payload.field === "daddr") return anyAddress(values, packet.destination);
    if (payload.field === "saddr") return anyAddress(values, packet.source);
    if (payload.field === "protocol" || payload.field === "nexthdr") return values.includes(packet.protocol);
    return undefined;
  }
  if (payload && ["tcp", "udp", "sctp", "th"].includes(payload.protocol ?? "")) {
    if (payload.protocol !== "th" && payload.protocol !== packet.protocol) return false;
    if (payload.field === "dport") return anyPort(values, packet.port);
    if (payload.field === "sport") return anyPort(values, packet.sourcePort);
    return undefined;
  }
  if (payload && ["icmp", "icmpv6", "arp"].includes(payload.protocol ?? "")) return false;
  if (meta === "l4proto") return values.includes(packet.protocol);
  if (meta === "nfproto" || meta === "protocol")
    return values.includes(family === "ip" ? "ipv4" : "ipv6") || values.includes(family);
  if (meta === "iif" || meta === "iifname")
    return packet.in === undefined ? undefined : anyName(values, packet.in);
  if (ct === "state") return values.includes(packet.state);
  return undefined;
}

function anyAddress(values: readonly unknown[], address: string | undefined): boolean | undefined {
  if (address === undefined) return undefined;
  return any(values, (value) => {
    if (typeof value === "string")
      return holds(value.includes("/") ? value : `${value}/${isIpv4(value) ? 32 : 128}`, address);
    const prefix = (value as { prefix?: { addr: string; len: number } }).prefix;
    return prefix ? holds(`${prefix.addr}/${prefix.len}`, address) : undefined;
  });
}

function anyPort(values: readonly unknown[], port: number | undefined): boolean | undefined {
  if (port === undefined) return undefined;
  return any(values, (value) => {
    if (typeof value === "number") return value === port;
    const range = (value as { range?: [number, number] } | null)?.range;
    return range ? port >= range[0] && port <= range[1] : undefined;
  });
}

/** "eth*" is every name that begins so. */
const anyName = (values: readonly unknown[], name: string): boolean | undefined =>
  any(values, (value) =>
    typeof value !== "string"
      ? undefined
      : value.endsWith("*")
        ? name.startsWith(value.slice(0, -1))
        : value === name,
  );

/** True if one is, undefined if one can't be told. */
function any(values: readonly unknown[], test: (value: unknown) => boolean | undefined): boolean | undefined {
  const results = values.map(test);
  return results.includes(true) ? true : results.includes(undefined) ? undefined : false;
}

/** What a packet is, in nft's words. */
function words({ protocol, destination, port, source, sourcePort }: Packet): string {
  const family = (address: string) => (isIpv4(address) ? "ip" : "ip6");
  return [
    ...(destination === undefined ? [] : [`${family(destination)} daddr ${shellWord(destination)}`]),
    ...(source === undefined ? [] : [`${family(source)} saddr ${shellWord(source)}`]),
    ...(port === undefined ? [] : [`${protocol} dport ${port}`]),
    ...(sourcePort === undefined ? [] : [`${protocol} sport ${sourcePort}`]),
  ].join(" ");
}

/** About as nft would print it: enough to find it by. */
function textOf(expr: readonly Json[]): string {
  return expr
    .filter((one) => !("counter" in one))
    .map((one) => {
      const match = one["match"] as Json | undefined;
      if (!match) return Object.keys(one)[0]!;
      const left = match["left"] as Json;
      const [kind, what] = Object.entries(left)[0] as [string, Json];
      const name = kind === "payload" ? `${what["protocol"]} ${what["field"]}` : `${kind} ${what["key"]}`;
      const op = match["op"] === "!=" ? "!= " : "";
      return `${name} ${op}${valueText(match["right"])}`;
    })
    .join(" ");
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(",");
  if (typeof value !== "object" || value === null) return String(value);
  if ("set" in value) return `{ ${(value.set as unknown[]).map(valueText).join(", ")} }`;
  if ("range" in value) return (value.range as unknown[]).join("-");
  if ("prefix" in value) {
    const { addr, len } = value.prefix as { addr: string; len: number };
    return `${addr}/${len}`;
  }
  return "…";
}
