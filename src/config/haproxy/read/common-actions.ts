import type { CommonAction } from "../model/rule.js";
import { checkSetCondition } from "../samples/argument-checks.js";
import { checkpoint } from "../samples/expression.js";
import { variableNamed } from "../samples/variable-name.js";
import { leadingNumber, wholeNumber } from "../values/numbers.js";
import { canBeKey } from "./key-types.js";
import type { RuleContext } from "./rule-context.js";

type Reader = (rule: RuleContext) => CommonAction;

export const logLevels = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/** How many counters a session tracks. */
const stickCounters = 3;

const setVariable: Reader = (rule) => {
  const { name: word } = rule;
  const wanted = "Expects 'set-var(<var-name>)', 'set-var-fmt(<var-name>)' or 'unset-var(<var-name>)'";
  const open = word.indexOf("(");
  if (open < 0) rule.fail(`invalid or incomplete action '${word}'. ${wanted}`, "syntax");
  if (!word.endsWith(")")) rule.fail(`incomplete argument after action '${word}'. ${wanted}`, "syntax");
  const [name = "", ...conditions] = word.slice(open + 1, -1).split(",");
  const kind = word.slice(0, open);
  if (kind === "unset-var" && conditions.length > 0)
    rule.fail(
      'unset-var does not expect parameters after the variable name. Only "set-var" and "set-var-fmt" manage conditions',
    );
  for (const condition of conditions) checkSetCondition(condition);
  const variable = { ...variableNamed(name), ...(conditions.length > 0 ? { conditions } : {}) };
  if (kind === "unset-var") return { action: "unset-var", scope: variable.scope, name: variable.name };
  if (kind === "set-var-fmt") return { action: "set-var-fmt", ...variable, format: rule.format() };
  const parsed = rule.expression(-1);
  if (!(parsed.fetch.checkpoints & rule.places)) {
    rule.at = rule.action + 1;
    rule.expression();
  }
  return { action: "set-var", ...variable, expression: parsed.expression };
};

/** The number of a tracked counter, as HAProxy's strtol sees it. */
function slotOf(rule: RuleContext, text: string | undefined, expects: string): number {
  if (text === undefined || !/^\d+$/.test(text)) rule.fail(`invalid stick table track ID. ${expects}`);
  const slot = Number(text);
  if (slot >= stickCounters)
    rule.fail(`invalid stick table track ID. The max allowed ID is ${stickCounters - 1}`);
  return slot;
}

const incrementCounter: Reader = (rule) => {
  const { name } = rule;
  const array = /^sc-inc-gpc\(([^,]*)(,(.*))?$/s.exec(name.replace(/\)$/, ""));
  const one = /^sc-inc-gpc([01])(?:\((.*?)\)?)?$/s.exec(name);
  if (array) {
    if (array[2] === undefined)
      rule.fail(`Missing gpc ID '${name}'. Expects sc-inc-gpc(<GPC ID>,<Track ID>)`);
    return {
      action: "sc-inc-gpc",
      index: leadingNumber(array[1]!),
      slot: slotOf(rule, array[3], "Expects sc-inc-gpc(<GPC ID>,<Track ID>)"),
      array: true,
    };
  }
  if (!one) return rule.fail(`invalid gpc ID '${name}'. Expects sc-set-gpc(<GPC ID>,<Track ID>)`);
  const slot = one[2] === undefined ? 0 : slotOf(rule, one[2], `Expects ${name}(<Track ID>)`);
  return { action: "sc-inc-gpc", index: Number(one[1]), slot, array: false };
};

const setTag: Reader = (rule) => {
  const { name } = rule;
  const array = /^sc-set-gpt\(([^,]*)(,(.*))?$/s.exec(name.replace(/\)$/, ""));
  const one = /^sc-set-gpt0(?:\((.*?)\)?)?$/s.exec(name);
  let index = 0;
  let slot = 0;
  if (array) {
    if (array[2] === undefined)
      rule.fail(`Missing gpt ID '${name}'. Expects sc-set-gpt(<GPT ID>,<Track ID>)`);
    index = leadingNumber(array[1]!);
    slot = slotOf(rule, array[3], "Expects sc-set-gpt(<GPT ID>,<Track ID>)");
  } else if (one) slot = one[1] === undefined ? 0 : slotOf(rule, one[1], "Expects sc-set-gpt0(<Track ID>)");
  else rule.fail(`invalid gpt ID '${name}'. Expects sc-set-gpt(<GPT ID>,<Track ID>)`);
  const number = wholeNumber(rule.word);
  if (number !== undefined) rule.at++;
  const value = number ?? rule.expression().expression;
  return { action: "sc-set-gpt", index, slot, array: array !== null, value };
};

/** `track-sc0 KEY [table NAME]` */
export const track: Reader = (rule) => {
  const number = rule.name.slice("track-sc".length);
  if (!/^\d*$/.test(number)) rule.fail(`Wrong track-sc number '${number}'`);
  const slot = Number(number);
  if (slot >= stickCounters)
    rule.fail(`${slot} track-sc number exceeding ${stickCounters - 1} (MAX_SESS_STKCTR-1) value`);
  const { expression } = rule.expression();
  let table: string | undefined;
  if (rule.word === "table") {
    rule.at++;
    table = rule.need("missing table name");
  }
  const { proxy, directive } = rule;
  const { reading } = directive;
  rule.check = () => {
    const name = table ?? proxy.name;
    const found = reading.tableNamed(name);
    if (!found) return `unable to find table '${name}' referenced by track-sc${slot}`;
    return canBeKey(expression.type, found.table.type)
      ? undefined
      : `stick-table '${name}' uses a type incompatible with the 'track-sc${slot}' rule`;
  };
  return { action: "track-sc", slot, key: expression, table };
};

const hexOrNumber = (rule: RuleContext): string => {
  const word = rule.need("expects exactly 1 argument (integer/hex value)");
  const rest = word.replace(/^(0[xX][0-9a-fA-F]+|[+-]?\d+)/, "");
  if (rest !== "" || word === "")
    rule.fail(`invalid character starting at '${rest}' (integer/hex value expected)`);
  return word;
};

/** set-src and its like look at requests' places, whichever rule they are in. */
const requestPlaces = ({ proxy }: RuleContext) =>
  (proxy.frontend ? checkpoint.frontendRequest : 0) | (proxy.backend ? checkpoint.backendRequest : 0);

const resolve: Reader = (rule) => {
  const found = /^do-resolve\(([^,()]+),([^,()]+)((?:,(?:ipv4|ipv6))*)\)$/.exec(rule.name);
  const wrong = () =>
    rule.fail(
      `Can't parse '${rule.name}'. Expects 'do-resolve(<varname>,<resolvers>[,<options>]) <expr>'. Available options are 'ipv4' and 'ipv6'`,
    );
  if (!found) return wrong();
  const { expression } = rule.expression(requestPlaces(rule));
  const resolvers = found[2]!;
  const options = found[3] ?? "";
  const { reading } = rule.directive;
  rule.check = () =>
    reading.resolvers.some((one) => one.name === resolvers)
      ? undefined
      : `Can't find resolvers section '${resolvers}' for do-resolve action`;
  return {
    action: "do-resolve",
    ...variableNamed(found[1]!),
    resolvers,
    preference: options.endsWith("4") ? 4 : options.endsWith("6") ? 6 : undefined,
    expression,
  };
};

const expressionAction =
  (action: "set-src" | "set-src-port" | "set-dst" | "set-dst-port"): Reader =>
  (rule) => ({ action, expression: rule.expression(requestPlaces(rule)).expression });

/** Actions that several sets of rules have. */
export const commonActions: Readonly<Record<string, Reader>> = {
  accept: () => ({ action: "accept" }),
  allow: () => ({ action: "allow" }),
  reject: () => ({ action: "reject" }),
  close: () => ({ action: "close" }),
  "set-var": setVariable,
  "set-var-fmt": setVariable,
  "unset-var": setVariable,
  "sc-inc-gpc": incrementCounter,
  "sc-inc-gpc0": incrementCounter,
  "sc-inc-gpc1": incrementCounter,
  "sc-set-gpt": setTag,
  "sc-set-gpt0": setTag,
  "track-sc": track,
  "set-src": expressionAction("set-src"),
  "set-src-port": expressionAction("set-src-port"),
  "set-dst": expressionAction("set-dst"),
  "set-dst-port": expressionAction("set-dst-port"),
  "set-mark": (rule) => ({ action: "set-mark", value: hexOrNumber(rule) }),
  "set-tos": (rule) => ({ action: "set-tos", value: hexOrNumber(rule) }),
  "set-nice": (rule) => {
    const value = leadingNumber(rule.need("expects exactly 1 argument (integer value)"));
    return { action: "set-nice", value: Math.max(-1024, Math.min(1024, value)) };
  },
  "set-log-level": (rule) => {
    const wanted = "expects exactly 1 argument (log level name or 'silent')";
    const value = rule.need(wanted);
    if (value !== "silent" && !logLevels.includes(value)) rule.fail(wanted);
    return { action: "set-log-level", value };
  },
  "silent-drop": () => ({ action: "silent-drop", rstTtl: undefined }),
  "do-resolve": resolve,
  "set-priority-class": (rule) => ({
    action: "set-priority-class",
    expression: rule.expression(requestPlaces(rule)).expression,
  }),
  "set-priority-offset": (rule) => ({
    action: "set-priority-offset",
    expression: rule.expression(requestPlaces(rule)).expression,
  }),
  "use-service": (rule) => {
    const service = rule.need(`'${rule.directive.at(0)}' expects a service name.`);
    if (service !== "prometheus-exporter")
      rule.fail(`'${rule.directive.at(1)}' unknown service name.`, "unknown-service");
    return { action: "use-service", service };
  },
  "switch-mode": (rule) => {
    const begin = `'${rule.directive.at(0)} ${rule.name}'`;
    const mode = rule.need(`${begin} expects a mode as argument.`);
    if (!rule.proxy.frontend)
      rule.fail(
        `${begin} not allowed because ${rule.proxy.kind} '${rule.proxy.name}' has no frontend capability`,
      );
    if (mode !== "http") rule.fail(`${begin} expects a valid mode (got '${mode}').`);
    rule.proxy.upgrades = true;
    if (rule.word !== "proto") return { action: "switch-mode", mode: "http", proto: undefined };
    rule.at++;
    const proto = rule.need(`${begin}: 'proto' expects a protocol as argument.`);
    if (proto !== "h1" && proto !== "h2")
      rule.fail(`${begin}: 'proto' expects a valid MUX protocol, if specified (got '${proto}')`);
    return { action: "switch-mode", mode: "http", proto };
  },
};
