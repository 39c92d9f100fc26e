import { shellWord, typed } from "../../sys/index.js";
import { holds } from "../routing.js";
import type { Chain, Packet, Rule, Test, Verdict } from "./judge.js";

/**
 * The chains of what iptables-save prints (iptables-save(8)), whose names are "ip TABLE CHAIN". The table nat decides nothing
 * about letting pass, and is left out.
 */
export function iptablesChains(text: string): Chain[] {
  const chains: Chain[] = [];
  let table = "";
  const rules = new Map<string, Rule[]>();
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) table = line.slice(1).trim();
    else if (table === "nat") continue;
    else if (line.startsWith(":")) {
      const [name, policy] = line.slice(1).split(" ");
      const full = `ip ${table} ${name}`;
      const own: Rule[] = [];
      rules.set(full, own);
      const hook = hooks[name!];
      const place = table;
      chains.push({
        name: full,
        ...(hook !== undefined && { hook, policy: policy === "DROP" ? "drop" : "accept" }),
        rules: own,
        allow: (packet) => `iptables${tableWords(place)} -I ${shellWord(name!)} ${words(packet)} -j ACCEPT`,
      });
    } else if (line.startsWith("-A ")) {
      const rule = ruleOf(line, table);
      rules.get(`ip ${table} ${split(line)[1]}`)?.push(rule);
    }
  }
  return chains;
}

const hooks: Readonly<Record<string, string>> = {
  PREROUTING: "prerouting",
  INPUT: "input",
  OUTPUT: "output",
  POSTROUTING: "postrouting",
};

const tableWords = (table: string): string => (table === "filter" ? "" : typed` -t ${table}`);

/** Words of a line; those in double quotes may have blanks, and quotes and backslashes behind a backslash each. */
export const split = (line: string): string[] =>
  (line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? []).map((word) =>
    /^".*"$/.test(word) ? word.slice(1, -1).replace(/\\(.)/g, "$1") : word,
  );

/** A saved rule as a shell takes it: a comment may have anything in it. */
export const ruleWords = (line: string): string => split(line).slice(1).map(shellWord).join(" ");

function ruleOf(line: string, table: string): Rule {
  const tests: Test[] = [];
  let verdict: Verdict | undefined;
  const all = split(line);
  for (let i = 2; i < all.length; i++) {
    const isNot = all[i] === "!";
    if (isNot) i++;
    const option = all[i]!;
    if (option === "-m") {
      i++;
      continue;
    }
    const value = all[i + 1] ?? "";
    if (option === "-j" || option === "-g") {
      verdict = verdictOf(value, table, option);
      break; // What follows are the target's own options.
    }
    if (option === "--comment") {
      i++;
      continue;
    }
    const test = testOf(option, value);
    tests.push(isNot ? (packet) => negated(test?.(packet)) : (test ?? (() => undefined)));
    if (test || !value.startsWith("-")) i++;
  }
  return {
    tests,
    ...(verdict !== undefined && { verdict }),
    text: line.slice(3),
    remove: `iptables${tableWords(table)} -D ${ruleWords(line)}`,
  };
}

function verdictOf(target: string, table: string, option: "-j" | "-g"): Verdict | undefined {
  const known: Readonly<Record<string, Verdict>> = {
    ACCEPT: "accept",
    DROP: "drop",
    REJECT: "reject",
    RETURN: "return",
  };
  if (known[target]) return known[target];
  // Those of extensions (LOG, MARK, CT …) are in upper case, as a rule, and let the packet go on.
  if (target === target.toUpperCase()) return undefined;
  const name = `ip ${table} ${target}`;
  return option === "-g" ? { goto: name } : { jump: name };
}

function testOf(option: string, value: string): Test | undefined {
  switch (option) {
    case "-d":
      return ({ destination }) => (destination === undefined ? undefined : holds(value, destination));
    case "-s":
      return ({ source }) => (source === undefined ? undefined : holds(value, source));
    case "-p":
      return ({ protocol }) => value === protocol || value === "all";
    case "-i":
      return (packet) => (packet.in === undefined ? undefined : isName(value, packet.in));
    case "--dport":
    case "--dports":
      return ({ port }) => portsHave(value, port);
    case "--sport":
    case "--sports":
      return ({ sourcePort }) => portsHave(value, sourcePort);
    case "--ctstate":
    case "--state":
      return ({ state }) => value.split(",").includes(state.toUpperCase());
    case "--icmp-type":
      return () => false;
    default:
      return undefined;
  }
}

const negated = (result: boolean | undefined): boolean | undefined =>
  result === undefined ? undefined : !result;

/** "eth+" is every name that begins so. */
const isName = (pattern: string, name: string): boolean =>
  pattern.endsWith("+") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;

/** "80,443,8000:8080" */
const portsHave = (text: string, port: number | undefined): boolean | undefined =>
  port === undefined
    ? undefined
    : text.split(",").some((part) => {
        const [first, last = first] = part.split(":").map(Number);
        return port >= first! && port <= last!;
      });

/** What a packet is, in iptables' words. */
function words({ protocol, destination, port, source, sourcePort }: Packet): string {
  return [
    ...(destination === undefined ? [] : [typed`-d ${destination}`]),
    ...(source === undefined ? [] : [typed`-s ${source}`]),
    typed`-p ${protocol}`,
    ...(port === undefined ? [] : [`--dport ${port}`]),
    ...(sourcePort === undefined ? [] : [`--sport ${sourcePort}`]),
  ].join(" ");
}
