import type { Directive } from "../grammar/directive.js";
import { within } from "../grammar/mistake.js";
import { suggest } from "../grammar/suggest.js";
import { actionName, actions, type RuleSet } from "../keywords/actions.js";
import type { Condition } from "../model/expression.js";
import type { HttpRule, TcpRule } from "../model/rule.js";
import { checkpoint } from "../samples/checkpoints.js";
import { conditionOf, type ParsedCondition, warnOfConflicts } from "../samples/condition.js";
import { httpActions, isFinal, redirectWords } from "./http-actions/index.js";
import { warnOfOrder } from "./order.js";
import { type ProxyDraft, typeOf } from "./proxy-draft.js";
import { notInAnonymousDefaults, notInDefaults, type ProxyReader } from "./readers.js";
import { placesOf, RuleContext } from "./rule-context.js";

type HttpSet = "http-request" | "http-response" | "http-after-response";
const lists = {
  "http-request": "httpRequest",
  "http-response": "httpResponse",
  "http-after-response": "httpAfterResponse",
} as const;

/** A condition from a word of a line on, or undefined where the line ends there. */
export function conditionAt(
  directive: Directive,
  proxy: ProxyDraft,
  index: number,
): ParsedCondition | undefined {
  const word = directive.at(index);
  if (word !== "if" && word !== "unless") return undefined;
  return conditionOf(directive.with(directive.words.slice(index), proxy), proxy.acls);
}

/** Whether a condition looks at raw bytes of a connection. */
export const looksAtBytes = (parsed: ParsedCondition | undefined): boolean =>
  parsed?.acls.some((acl) =>
    acl.uses.some((use) => use.sources.some((source) => source.endsWith("-buffer"))),
  ) ?? false;

/** "'add-acl(*)', 'add-header', …" in HAProxy's order, as messages list them. */
export function actionList(set: RuleSet, without: readonly string[] = []): string {
  return [...actions[set].keys()]
    .filter((name) => !without.includes(name))
    .map(
      (name) =>
        `'${name}${/^(add-acl|del-acl|del-map|set-map|do-resolve|sc-|set-var|unset-var|track-sc)/.test(name) ? "(*)" : ""}'`,
    )
    .join(", ");
}

/** `http-request …` and its like; `from` is the action's word (2 after `stats`). */
export function httpRule(directive: Directive, proxy: ProxyDraft, set: HttpSet, from = 1): HttpRule {
  const word = directive.at(from);
  const name = actionName(word);
  const keyword = actions[set].get(name);
  if (!keyword) {
    const best = suggest(word, [...actions[set].keys()]);
    directive.fail(
      `'${set}' expects ${actionList(set)}, but got '${word}'${word === "" ? " (missing argument)" : ""}.${best ? ` Did you mean '${best}' maybe ?` : ""}`,
      {
        word: from,
        close: true,
        abort: true,
        code: word === "" ? "missing-argument" : "unknown-action",
        ...(best ? { meant: best, remedy: `Did you mean ${best}?` } : {}),
      },
    );
  }
  if (name === "normalize-uri" && !directive.reading.global.experimental)
    directive.fail(
      `'${name}' action is experimental, must be allowed via a global 'expose-experimental-directives'`,
      { word: from, abort: true, code: "experimental" },
    );
  if (keyword.status.kind === "without-effect") directive.withoutEffect(name, keyword.status.says, from);
  const context = new RuleContext(directive, proxy, set, from, from + 1);
  const action = within(
    (message) =>
      `error detected in ${typeOf(proxy)} '${proxy.name}' while parsing '${set} ${word}' rule : ${message}.`,
    () => {
      if (keyword.status.kind === "refused")
        context.fail(`'${name}' ${keyword.status.says}`, "not-supported");
      return httpActions[name]!(context);
    },
    { abort: true },
  );
  const text = directive.text(0, context.at);
  const parsed = within(
    (message) =>
      action.action === "redirect"
        ? `error detected in ${typeOf(proxy)} '${proxy.name}' while parsing '${set} ${word}' rule : error in condition: ${message}.`
        : `error detected while parsing an '${set} ${word}' condition : ${message}.`,
    () => conditionAt(directive, proxy, context.at),
    { abort: true },
  );
  if (!parsed && context.word !== "")
    directive.fail(
      `'${set} ${word}' expects either 'if' or 'unless' followed by a condition but found '${context.word}'.`,
      { word: context.at, close: true, abort: true, code: "unexpected-argument" },
    );
  if (parsed) warnOfConflicts(directive, parsed, placesOf(set, proxy));
  proxy.ruleChecks.push({ set, check: context.check, raw: looksAtBytes(parsed), place: directive.place() });
  return { ...action, condition: parsed?.condition, place: directive.place(), text };
}

const httpReader =
  (set: HttpSet): ProxyReader =>
  (directive, proxy) => {
    notInAnonymousDefaults(directive, proxy);
    const list = proxy[lists[set]];
    const last = list.at(-1);
    if (last && !last.condition && isFinal(last))
      directive.warn(
        `previous '${directive.at(0)}' action is final and has no condition attached, further entries are NOOP.`,
        { close: true, code: "unreachable-rule" },
      );
    const rule = httpRule(directive, proxy, set);
    if (set === "http-request") warnOfOrder(directive, proxy, "http-request", directive.at(0));
    list.push(rule);
  };

const redirect: ProxyReader = (directive, proxy) => {
  notInDefaults(directive, proxy);
  const begin = `error detected in ${typeOf(proxy)} '${proxy.name}' while parsing redirect rule : `;
  const context = new RuleContext(directive, proxy, "http-request", 0, 1);
  const action = within(
    (message) => `${begin}${message}.`,
    () => redirectWords(context, false, true),
  );
  const parsed = within(
    (message) => `${begin}error in condition: ${message}.`,
    () => conditionAt(directive, proxy, context.at),
  );
  proxy.redirects.push({
    ...action,
    condition: parsed?.condition,
    place: directive.place(),
    text: directive.text(0, context.at),
  });
  warnOfOrder(directive, proxy, "redirect", directive.at(0));
  if (parsed) warnOfConflicts(directive, parsed, placesOf("http-request", proxy));
};

/** use_backend and use-server: the name, then a condition. */
function switching(
  directive: Directive,
  proxy: ProxyDraft,
  places: number,
): { readonly name: string; readonly condition: Condition | undefined; readonly raw: boolean } {
  const parsed = within(
    (message) => `error detected while parsing switching rule : ${message}.`,
    () => conditionAt(directive, proxy, 2),
  );
  if (parsed) warnOfConflicts(directive, parsed, places);
  return { name: directive.at(1), condition: parsed?.condition, raw: looksAtBytes(parsed) };
}

const useBackend: ProxyReader = (directive, proxy) => {
  notInDefaults(directive, proxy);
  if (directive.at(1) === "")
    directive.fail(`'${directive.at(0)}' expects a backend name.`, { word: 1, code: "missing-argument" });
  const after = directive.at(2);
  if (after !== "" && after !== "if" && after !== "unless")
    directive.fail(
      `unexpected keyword '${after}' after switching rule, only 'if' and 'unless' are allowed.`,
      { word: 2, code: "unexpected-argument" },
    );
  const rule = switching(directive, proxy, checkpoint.useBackend);
  proxy.writtenBackends.push({ ...rule, place: directive.place(1), text: directive.text(0, 2) });
};

const useServer: ProxyReader = (directive, proxy) => {
  notInDefaults(directive, proxy);
  if (directive.at(1) === "")
    directive.fail(`'${directive.at(0)}' expects a server name.`, { word: 1, code: "missing-argument" });
  needCondition(directive, 2);
  const rule = switching(directive, proxy, checkpoint.setServer);
  proxy.writtenServers.push({ ...rule, place: directive.place(1), text: directive.text(0, 2) });
};

/** Refuses a line that has no condition at a word. */
export function needCondition(directive: Directive, index: number): void {
  if (directive.at(index) === "if" || directive.at(index) === "unless") return;
  directive.fail(
    `'${directive.text(0, index > 1 && directive.at(0) !== "use-server" ? index : 1)}' requires either 'if' or 'unless' followed by a condition.`,
    { word: index, code: "missing-condition" },
  );
}

const persist: ProxyReader = (directive, proxy) => {
  notInDefaults(directive, proxy);
  needCondition(directive, 1);
  const word = directive.at(0);
  const parsed = within(
    (message) => `error detected while parsing a '${word}' rule : ${message}.`,
    () => conditionAt(directive, proxy, 1)!,
  );
  warnOfConflicts(directive, parsed, checkpoint.backendContent);
  proxy.persistRules.push({
    kind: word as "force-persist" | "ignore-persist",
    condition: parsed.condition,
    place: directive.place(),
    text: word,
  });
};

const monitor: ProxyReader = (directive, proxy) => {
  notInDefaults(directive, proxy);
  if (directive.at(1) !== "fail")
    directive.fail(`'${directive.at(0)}' only supports 'fail'.`, { word: 1, code: "unknown-keyword" });
  needCondition(directive, 2);
  warnOfOrder(directive, proxy, "monitor fail", "monitor fail");
  const parsed = within(
    (message) => `error detected while parsing a 'monitor fail' condition : ${message}.`,
    () => conditionAt(directive, proxy, 2)!,
  );
  proxy.monitorFail.push(parsed.condition);
};

/** Keywords whose lines are rules. */
export const ruleReaders: Readonly<Record<string, ProxyReader>> = {
  "http-request": httpReader("http-request"),
  "http-response": httpReader("http-response"),
  "http-after-response": httpReader("http-after-response"),
  redirect,
  use_backend: useBackend,
  "use-server": useServer,
  "force-persist": persist,
  "ignore-persist": persist,
  monitor,
};

export type { TcpRule };
