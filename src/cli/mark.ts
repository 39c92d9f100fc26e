import { RondoError } from "../errors.js";
import {
  checkMarkRules,
  type MarkRule,
  markRuleText,
  mostMarkRules,
  parseMarkRules,
  portsText,
  shadows,
} from "../ipvs/marks.js";
import { prefixText } from "../ipvs/prefix.js";
import { suggestion } from "../nearest.js";
import { columns } from "./columns.js";
import { type CommandIo, readInput, usageError, withPlane } from "./command-io.js";
import { processIo } from "./process-io.js";
import { refuseMore, takeFlag, wholeNumber } from "./words.js";

const usage = `usage: rondo mark COMMAND

  add [--at NUMBER] RULE    adds a rule at the end, or before the rule of that number
  del RULE | NUMBER…        deletes a rule, by its words or its number in the list
  list [--json]             the rules in the order in which packets are asked
  flush                     deletes all rules
  save                      prints the commands that make these rules
  restore [FILE]            replaces all rules by those that save printed (from FILE or the standard input)

RULE is   MARK [--protocol tcp|udp|sctp|icmp|any] [--to ADDRESS[/BITS]] [--from ADDRESS[/BITS]] [--port N[-M][,…]]

A packet gets the mark of the first rule that fits it, and ipvsadm -f MARK is a service of all packets with that mark.
Rules of netfilter (iptables -j MARK) are not seen: packets come here before them.
`;

type Action = (words: readonly string[], io: CommandIo) => number | Promise<number>;

const actions: Readonly<Record<string, Action>> = { add, del, list, flush, save, restore };

/** `rondo mark …`: see docs/manual/mark.md. */
export async function run(words: readonly string[], io: CommandIo = processIo): Promise<number> {
  const [name, ...rest] = words;
  if (name === "-h" || name === "--help" || rest.includes("--help") || rest.includes("-h")) {
    io.stdout.write(usage);
    return 0;
  }
  if (name === undefined) throw usageError("what is to be done with marks?", usage.trimEnd());
  const action = Object.hasOwn(actions, name) ? actions[name]! : undefined;
  if (action) return await action(rest, io);
  throw usageError(
    `rondo mark has no command ${name}`,
    suggestion(name, Object.keys(actions)) ?? usage.trimEnd(),
  );
}

async function add(words: readonly string[], io: CommandIo): Promise<number> {
  const { at, rest } = takeNumber(words);
  const added = parseMarkRules(rest);
  return withPlane(io, (plane) => {
    const rules = plane.markRules();
    if (at !== undefined && at > rules.length + 1)
      throw usageError(`--at ${at}: there are ${rules.length} rules`);
    for (const rule of added) {
      const same = rules.findIndex((other) => sameRule(other, rule));
      if (same >= 0)
        throw new RondoError("mark-exists", `this rule is there already, as number ${same + 1}`, {
          remedy: `It is: ${markRuleText(rule)}`,
        });
    }
    const next = rules.toSpliced(at === undefined ? rules.length : at - 1, 0, ...added);
    plane.setMarkRules(next);
    for (const rule of added) warnIfHidden(next, next.indexOf(rule), io);
    return 0;
  });
}

/** Who puts a rule behind one that takes all its packets means something else. */
function warnIfHidden(rules: readonly MarkRule[], place: number, io: CommandIo): void {
  const hider = rules.slice(0, place).findIndex((earlier) => shadows(earlier, rules[place]!));
  if (hider >= 0)
    io.stderr.write(`rule ${place + 1} is never reached: rule ${hider + 1} takes all its packets\n`);
}

async function del(words: readonly string[], io: CommandIo): Promise<number> {
  if (words.length === 0) throw usageError("which rule?", "Name it by its number or its words.");
  return withPlane(io, (plane) => {
    const rules = plane.markRules();
    const gone = isNumbers(words) ? byNumber(words, rules) : byWords(words, rules);
    plane.setMarkRules(rules.filter((rule) => !gone.has(rule)));
    return 0;
  });
}

/** Numbers alone are numbers of rules, whatever marks there are. */
const isNumbers = (words: readonly string[]) => words.every((word) => /^\d+$/.test(word));

function byNumber(words: readonly string[], rules: readonly MarkRule[]): Set<MarkRule> {
  return new Set(
    words.map((word) => {
      const rule = rules[Number(word) - 1];
      if (rule) return rule;
      throw new RondoError(
        "no-mark-rule",
        `there is no rule ${word}: ${rules.length === 0 ? "there are none" : `they go to ${rules.length}`}`,
      );
    }),
  );
}

function byWords(words: readonly string[], rules: readonly MarkRule[]): Set<MarkRule> {
  return new Set(
    parseMarkRules(words).map((wanted) => {
      const rule = rules.find((other) => sameRule(other, wanted));
      if (rule) return rule;
      throw new RondoError("no-mark-rule", `there is no rule ${markRuleText(wanted)}`, {
        remedy: "See `rondo mark list`.",
      });
    }),
  );
}

async function list(words: readonly string[], io: CommandIo): Promise<number> {
  const { given: json, rest } = takeFlag(words, "--json");
  refuseMore("mark", rest);
  const rules = await withPlane(io, (plane) => plane.markRules());
  if (json) io.stdout.write(`${JSON.stringify({ rules: rules.map(ruleValue) })}\n`);
  else {
    const rows = [["NO", "MARK", "PROTOCOL", "TO", "FROM", "PORT"], ...rules.map(ruleRow)];
    for (const line of columns(rows)) io.stdout.write(`${line}\n`);
  }
  return 0;
}

function ruleRow({ mark, protocol, destination, source, ports }: MarkRule, index: number): string[] {
  const prefix = (value: MarkRule["source"]) => (value ? prefixText(value) : "any");
  return [
    `${index + 1}`,
    `${mark}`,
    protocol,
    prefix(destination),
    prefix(source),
    ports ? portsText(ports) : "any",
  ];
}

function ruleValue({ mark, protocol, destination, source, ports }: MarkRule) {
  const prefix = (value: MarkRule["source"]) => value && `${value.address}/${value.length}`;
  return { mark, protocol, to: prefix(destination), from: prefix(source), ports };
}

async function flush(words: readonly string[], io: CommandIo): Promise<number> {
  refuseMore("mark", words);
  return withPlane(io, (plane) => {
    plane.setMarkRules([]);
    return 0;
  });
}

async function save(words: readonly string[], io: CommandIo): Promise<number> {
  refuseMore("mark", words);
  const rules = await withPlane(io, (plane) => plane.markRules());
  io.stdout.write(markRulesText(rules));
  return 0;
}

/** The commands that make these rules. */
const markRulesText = (rules: readonly MarkRule[]): string =>
  rules.map((rule) => `rondo mark add ${markRuleText(rule)}\n`).join("");

async function restore(words: readonly string[], io: CommandIo): Promise<number> {
  const [file, ...more] = words;
  refuseMore("mark", file === undefined || file === "-" || !file.startsWith("-") ? more : words);
  const rules = readMarkRules(await readInput(io, file), file ?? "stdin");
  return withPlane(io, (plane) => {
    plane.setMarkRules(rules);
    for (const place of rules.keys()) warnIfHidden(rules, place, io);
    return 0;
  });
}

/** Reads what {@link markRulesText} wrote: all of it is right, or nothing is done. */
export function readMarkRules(text: string, name: string): MarkRule[] {
  const rules: MarkRule[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    const words = line.trim().split(/\s+/);
    if (words[0] === "" || words[0]!.startsWith("#")) continue;
    const prefix = ["rondo", "mark", "add"];
    const start = words.indexOf("add") + 1;
    const rule = words.slice(0, start).every((word) => prefix.includes(word)) ? words.slice(start) : words;
    try {
      rules.push(...parseMarkRules(rule));
    } catch (error) {
      if (!(error instanceof RondoError)) throw error;
      throw new RondoError(error.code, `${name}, line ${i + 1}: ${error.message}`, {
        exitStatus: error.exitStatus,
        remedy: `Nothing was changed. ${error.remedy ?? ""}`.trimEnd(),
        cause: error,
      });
    }
  }
  checkMarkRules(rules);
  return rules;
}

const sameRule = (one: MarkRule, other: MarkRule) => markRuleText(one) === markRuleText(other);

function takeNumber(words: readonly string[]): { at: number | undefined; rest: string[] } {
  const rest = [...words];
  const place = rest.findIndex((word) => word === "--at" || word.startsWith("--at="));
  if (place < 0) return { at: undefined, rest };
  const joined = rest[place]!.startsWith("--at=");
  const text = joined ? rest[place]!.slice(5) : rest[place + 1];
  rest.splice(place, joined ? 1 : 2);
  const at = wholeNumber(text ?? "", 1, mostMarkRules);
  if (at === undefined) throw usageError(`--at takes a rule's number${text ? `, not ${text}` : ""}`);
  return { at, rest };
}
