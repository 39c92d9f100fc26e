import type { IpAddress } from "../../../wire/address.js";
import type { Row, Word } from "../grammar/statement.js";
import type { RuleEntry } from "../model/index.js";
import { type Draft, defined, type Reading } from "../read/reading.js";
import { missingInterface } from "./address-entry.js";
import { anyAddress } from "./addresses.js";
import { namedNumber } from "./named-numbers.js";
import { realms, routeDestination } from "./route.js";
import { SkipLine, WordCursor } from "./word-cursor.js";
import { wholeNumber } from "./word-values.js";

type Prefix = { readonly address: IpAddress; readonly prefixLength: number };

interface RuleDraft extends Omit<Draft<RuleEntry>, "from" | "to"> {
  from?: Prefix | "default";
  to?: Prefix | "default";
}

const most = 0xffffffff;

/** A line of virtual_rules or static_rules, as `ip rule` takes it; undefined if it is to be skipped. */
export function readRule(row: Row, reading: Reading, isStatic: boolean): RuleEntry | undefined {
  const cursor = new WordCursor(row.words, reading.findings);
  const rule: RuleDraft = {};
  try {
    while (cursor.more) readWord(cursor, rule, reading, isStatic);
    return finish(cursor, row, rule, reading);
  } catch (error) {
    if (error instanceof SkipLine) return undefined;
    throw error;
  }
}

function family(cursor: WordCursor, rule: RuleDraft, word: Word, value: 4 | 6): void {
  if (rule.family !== undefined && rule.family !== value)
    cursor.skip(word, "rule specification has mixed IPv4 and IPv6");
  rule.family = value;
}

function act(cursor: WordCursor, rule: RuleDraft, word: Word, action: RuleEntry["action"]): void {
  if (rule.action !== undefined || rule.l3mdev)
    cursor.skip(
      word,
      "Cannot specify more than one of table/nop/goto/blackhole/prohibit/unreachable/l3mdev for rule",
    );
  rule.action = action;
}

function number(cursor: WordCursor, greatest: number): number {
  const value = wholeNumber(cursor.findings, cursor.take(), 0, greatest);
  if (value === undefined) throw new SkipLine();
  return value;
}

function device(cursor: WordCursor, reading: Reading): string {
  const word = cursor.take();
  if (reading.interfaceExists(word.text)) return word.text;
  missingInterface(reading, word, `WARNING - interface ${word.text} for rule doesn't exist`);
  throw new SkipLine();
}

/** "1000-2000". */
function range(cursor: WordCursor, greatest: number, what: string): { from: number; to: number } | undefined {
  const word = cursor.take();
  const match = /^(\d+)-(\d+)$/.exec(word.text);
  if (match && Number(match[1]) <= greatest && Number(match[2]) <= greatest)
    return { from: Number(match[1]), to: Number(match[2]) };
  cursor.findings.add(word.at, "invalid-value", `invalid ${what} range ${word.text}`, {
    remedy: "Write it as FIRST-LAST.",
  });
  return undefined;
}

function readWord(cursor: WordCursor, rule: RuleDraft, reading: Reading, isStatic: boolean): void {
  const word = cursor.take();
  const { findings } = reading;
  switch (word.text) {
    case "inet":
    case "inet6":
      family(cursor, rule, word, word.text === "inet" ? 4 : 6);
      return;
    case "from":
    case "to": {
      const value = cursor.take();
      const prefix = routeDestination(reading, value);
      if (!prefix) throw new SkipLine();
      if (prefix !== "default") family(cursor, rule, value, prefix.address.family);
      rule[word.text] = prefix;
      return;
    }
    case "table":
    case "lookup": {
      const value = cursor.take();
      const table = namedNumber(reading, "rt_tables", value.text, most);
      if (!table)
        cursor.skip(
          value,
          table === 0 ? "Table 0 is not valid" : `Routing table ${value.text} not found for rule`,
        );
      act(cursor, rule, word, "lookup");
      rule.table = table;
      return;
    }
    case "not":
      rule.not = true;
      return;
    case "preference":
    case "order":
    case "priority":
      rule.preference = number(cursor, most);
      return;
    case "tos":
    case "dsfield": {
      const value = cursor.take();
      rule.tos =
        namedNumber(reading, "rt_dsfield", value.text, 255) ??
        cursor.skip(value, `TOS value ${value.text} is invalid`);
      return;
    }
    case "fwmark":
      rule.mark = mark(cursor);
      return;
    case "realms":
      family(cursor, rule, word, 4);
      rule.realms = realms(cursor, reading, "rule");
      return;
    case "suppress_prefixlength":
    case "sup_pl":
      rule.suppressPrefixLength = number(cursor, 0x7fffffff);
      return;
    case "suppress_ifgroup":
    case "sup_group": {
      const value = cursor.take();
      rule.suppressGroup =
        namedNumber(reading, "group", value.text, most) ??
        cursor.skip(value, `suppress_group ${value.text} is invalid`);
      return;
    }
    case "dev":
    case "iif":
      rule.incoming = device(cursor, reading);
      return;
    case "oif":
      rule.outgoing = device(cursor, reading);
      return;
    case "tunnel-id": {
      const value = cursor.take();
      if (!/^\d{1,19}$/.test(value.text)) cursor.skip(value, `invalid number '${value.text}'`);
      rule.tunnelId = BigInt(value.text);
      return;
    }
    case "uidrange":
      rule.uidRange = range(cursor, most, "uid");
      return;
    case "l3mdev":
      act(cursor, rule, word, "lookup");
      rule.l3mdev = true;
      return;
    case "protocol":
      rule.protocol = wholeNumber(findings, cursor.take(), 0, 255);
      return;
    case "ipproto": {
      const value = cursor.take();
      const known = /^\d+$/.test(value.text)
        ? Number(value.text)
        : reading.world.number("protocols", value.text);
      if (known === null || known > 255)
        findings.add(value.at, "invalid-value", `Invalid ipproto ${value.text}`);
      else rule.ipProtocol = known;
      return;
    }
    case "sport":
      rule.sourcePorts = range(cursor, 65535, "sport");
      return;
    case "dport":
      rule.destinationPorts = range(cursor, 65535, "dport");
      return;
    case "no_track":
      rule.noTrack = true;
      return;
  }
  if (isStatic && word.text === "track_group") {
    const value = cursor.take();
    if (reading.trackGroups.some((group) => group.name === value.text)) rule.trackGroup = value.text;
    else findings.add(value.at, "invalid-value", `track_group ${value.text} not found`);
    return;
  }
  action(cursor, rule, word.text === "type" ? cursor.take() : word);
}

function mark(cursor: WordCursor): NonNullable<RuleEntry["mark"]> {
  const word = cursor.take();
  const match = /^\s*(0x[\da-f]+|\d+)(?:\/(0x[\da-f]+|\d+))?$/i.exec(word.text);
  const value = Number(match?.[1]);
  const mask = match?.[2] === undefined ? undefined : Number(match[2]);
  if (!match || value > most || (mask ?? 0) > most)
    cursor.skip(word, `Invalid rule fwmark ${word.text} specified`);
  return { value, ...(mask === undefined ? {} : { mask }) };
}

function action(cursor: WordCursor, rule: RuleDraft, word: Word): void {
  const name = word.text;
  if (name === "goto") {
    rule.gotoPreference = number(cursor, most);
    act(cursor, rule, word, "goto");
  } else if (name === "nop" || name === "blackhole" || name === "unreachable" || name === "prohibit")
    act(cursor, rule, word, name);
  else
    cursor.skip(
      word,
      `Unknown rule option ${name}`,
      "Write it as ip rule takes it: from NETWORK table NUMBER priority NUMBER.",
    );
}

function finish(cursor: WordCursor, row: Row, rule: RuleDraft, reading: Reading): RuleEntry {
  const { findings } = reading;
  const [first] = row.words;
  if (rule.action === "goto" && (rule.preference === undefined || rule.preference >= rule.gotoPreference!))
    cursor.skip(
      first,
      rule.preference === undefined
        ? `Invalid rule - goto target ${rule.gotoPreference} specified without preference`
        : `Invalid rule - preference ${rule.preference} >= goto target ${rule.gotoPreference}`,
    );
  if (rule.action === undefined)
    cursor.skip(
      first,
      "No action specified for rule - ignoring",
      "Add table NUMBER, blackhole, unreachable or prohibit.",
    );
  const tableOption =
    rule.realms !== undefined || rule.suppressPrefixLength !== undefined || rule.suppressGroup !== undefined;
  if (rule.action !== "lookup" && tableOption)
    cursor.skip(first, "suppressor/realm specified for non table action - skipping");
  if (!rule.noTrack) {
    if (rule.protocol !== undefined && rule.protocol !== 18)
      findings.add(
        first.at,
        "invalid-value",
        "Rule cannot be tracked if protocol is not RTPROT_KEEPALIVED(18), resetting protocol",
        { remedy: "Add no_track." },
      );
    rule.protocol = 18;
  }
  if (rule.trackGroup !== undefined && rule.incoming === undefined) {
    findings.add(first.at, "invalid-value", "Static rule cannot have track_group if dev/iif not specified");
    rule.trackGroup = undefined;
  }
  const kind = rule.family ?? 4;
  if (rule.preference === undefined) {
    rule.preference = reading.nextPreference[kind]--;
    findings.warn(
      first.at,
      "rule-preference",
      `Rule has no preference specified - setting to ${rule.preference}. This is probably not what you want.`,
      {
        refused: "error",
        remedy: "Add priority NUMBER.",
      },
    );
  }
  const whole = (value: Prefix | "default"): Prefix =>
    value === "default" ? { address: anyAddress(kind), prefixLength: 0 } : value;
  return defined({
    ...rule,
    family: kind,
    not: rule.not ?? false,
    from: rule.from && whole(rule.from),
    to: rule.to && whole(rule.to),
    l3mdev: rule.l3mdev ?? false,
    noTrack: rule.noTrack ?? false,
    at: findings.files.place(first.at.position()),
  }) as RuleEntry;
}
