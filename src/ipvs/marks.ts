import { RondoError } from "../errors.js";
import type { Protocol } from "./model.js";
import { covers, type Prefix, parsePrefix, prefixText } from "./prefix.js";

/** What a mark rule can ask of a packet's protocol; "icmp" is ICMPv6 too. */
export const markProtocols = ["tcp", "udp", "sctp", "icmp", "any"] as const;
export type MarkProtocol = Protocol | "icmp" | "any";

/** Ports from one to another, both of them too. */
interface PortRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Which packets get which mark. Of several rules the first that fits decides; a packet that none fits has no mark. The mark 0
 * is none: a rule with it takes packets out of those that follow.
 */
export interface MarkRule {
  readonly mark: number;
  readonly protocol: MarkProtocol;
  /** Where the packet goes; without it everywhere. */
  readonly destination?: Prefix;
  /** Where it comes from. */
  readonly source?: Prefix;
  /** Its destination port; only with a protocol that has ports. */
  readonly ports?: PortRange;
}

/** How many rules there can be. */
export const mostMarkRules = 256;

/**
 * Reads `MARK [--protocol P] [--to PREFIX] [--from PREFIX] [--port N[-M][,…]]`. Several ports are several rules.
 *
 * @throws {RondoError} "mark-rule" or "bad-prefix", exit status 2
 */
export function parseMarkRules(words: readonly string[]): MarkRule[] {
  const given = new Map<string, string>();
  let mark: number | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (!word.startsWith("-")) {
      if (mark !== undefined) throw wrong(`${word}: there is a mark already, ${mark}`);
      mark = readMark(word);
      continue;
    }
    const [name, value = words[++i]] = splitOption(word);
    if (value === undefined) throw wrong(`${name} needs a value`);
    if (given.has(name)) throw wrong(`${name} is given twice`);
    given.set(name, value);
  }
  if (mark === undefined) throw wrong("the mark is missing", "A mark is a number from 0 to 4294967295.");
  const protocol = readProtocol(given.get("--protocol"), given.has("--port"));
  const to = given.get("--to");
  const from = given.get("--from");
  const destination = to === undefined ? undefined : parsePrefix(to, "--to");
  const source = from === undefined ? undefined : parsePrefix(from, "--from");
  if (destination && source && destination.address.family !== source.address.family)
    throw wrong(`--to ${to} and --from ${from} are of two families: no packet has both`);
  const rule = { mark, protocol, ...(destination && { destination }), ...(source && { source }) };
  const ports = given.get("--port");
  if (ports === undefined) return [rule];
  return ports.split(",").map((text) => ({ ...rule, ports: readPorts(text) }));
}

/** A rule as {@link parseMarkRules} reads it. */
export function markRuleText({ mark, protocol, destination, source, ports }: MarkRule): string {
  const words = [`${mark}`];
  if (protocol !== "any") words.push(`--protocol ${protocol}`);
  if (destination) words.push(`--to ${prefixText(destination)}`);
  if (source) words.push(`--from ${prefixText(source)}`);
  if (ports) words.push(`--port ${portsText(ports)}`);
  return words.join(" ");
}

/** "80" or "8000-8010". */
export const portsText = ({ from, to }: PortRange): string => (from === to ? `${from}` : `${from}-${to}`);

/** Whether every packet that fits `later` fits `earlier` too, so that `later` is never asked after it. */
export function shadows(earlier: MarkRule, later: MarkRule): boolean {
  const within = (outer: Prefix | undefined, inner: Prefix | undefined, other: Prefix | undefined) => {
    if (!outer) return true;
    if (inner) return covers(outer, inner);
    // All of one family, where the other address says which.
    return outer.length === 0 && other?.address.family === outer.address.family;
  };
  return (
    (earlier.protocol === "any" || earlier.protocol === later.protocol) &&
    within(earlier.destination, later.destination, later.source) &&
    within(earlier.source, later.source, later.destination) &&
    (!earlier.ports ||
      (later.ports !== undefined &&
        earlier.ports.from <= later.ports.from &&
        earlier.ports.to >= later.ports.to))
  );
}

/** @throws {RondoError} "too-many-marks" */
export function checkMarkRules(rules: readonly MarkRule[]): void {
  if (rules.length > mostMarkRules)
    throw new RondoError(
      "too-many-marks",
      `${rules.length} mark rules are more than the ${mostMarkRules} that there is room for`,
      { remedy: "Write ports as ranges and addresses as prefixes: --port 8000-8099 --to 192.0.2.0/24." },
    );
}

/** The short forms are iptables'. */
const optionNames: Readonly<Record<string, string>> = {
  "--protocol": "--protocol",
  "-p": "--protocol",
  "--to": "--to",
  "-d": "--to",
  "--from": "--from",
  "-s": "--from",
  "--port": "--port",
  "--dport": "--port",
};

function splitOption(word: string): [name: string, value?: string] {
  const equals = word.startsWith("--") ? word.indexOf("=") : -1;
  const text = equals < 0 ? word : word.slice(0, equals);
  const name = Object.hasOwn(optionNames, text) ? optionNames[text] : undefined;
  if (!name) throw wrong(`there is no option ${text} here`, "There are --protocol, --to, --from and --port.");
  return equals < 0 ? [name] : [name, word.slice(equals + 1)];
}

function readMark(text: string): number {
  const value = /^(\d{1,10}|0x[0-9a-fA-F]{1,8})$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 0xffff_ffff) return value;
  throw wrong(`${text} is no mark`, "A mark is a number from 0 to 4294967295.");
}

function readProtocol(text: string | undefined, hasPort: boolean): MarkProtocol {
  const protocol = markProtocols.find((name) => name === (text ?? "any"));
  if (!protocol) throw wrong(`--protocol ${text}: there are ${markProtocols.join(", ")}`);
  if (hasPort && (protocol === "any" || protocol === "icmp"))
    throw wrong("--port needs a protocol with ports", "Add --protocol tcp, udp or sctp.");
  return protocol;
}

function readPorts(text: string): PortRange {
  const match = /^(\d{1,5})(?:[-:](\d{1,5}))?$/.exec(text);
  const from = Number(match?.[1] ?? Number.NaN);
  const to = Number(match?.[2] ?? from);
  if (!(from <= 0xffff && to <= 0xffff))
    throw wrong(`--port ${text}: a port is a number from 0 to 65535, a range is FROM-TO`);
  if (from > to) throw wrong(`--port ${text}: the range ends before it begins`);
  return { from, to };
}

function wrong(message: string, remedy?: string): RondoError {
  return new RondoError("mark-rule", message, { exitStatus: 2, ...(remedy && { remedy }) });
}
