import type { Directive } from "../grammar/directive.js";
import { Mistake, within } from "../grammar/mistake.js";
import { suggest } from "../grammar/suggest.js";
import { actionName, actions, type RuleSet } from "../keywords/actions.js";
import type { TcpAction } from "../model/rule.js";
import { checkpointName } from "../samples/checkpoints.js";
import { conflictIn } from "../samples/condition.js";
import { leadingNumber, parseTime } from "../values/numbers.js";
import { commonActions } from "./common-actions.js";
import { warnOfOrder } from "./order.js";
import { type ProxyDraft, typeOf } from "./proxy-draft.js";
import type { ProxyReader } from "./readers.js";
import { placesOf, RuleContext } from "./rule-context.js";
import { actionList, conditionAt, looksAtBytes } from "./rules.js";

/** `tcp-request …` (tcp_rules.c) */
const tcpRequest: ProxyReader = (directive, proxy) => {
  const [keyword, kind] = [directive.at(0), directive.at(1)];
  const where = proxy.kind === "defaults" ? "in defaults section" : `in ${typeOf(proxy)} '${proxy.name}'`;
  if (kind === "")
    directive.fail(
      proxy.kind === "defaults"
        ? `missing argument for '${keyword}' in defaults section`
        : `missing argument for '${keyword}' in ${typeOf(proxy)} '${proxy.name}'`,
      { word: 1, code: "missing-argument" },
    );
  if (kind === "inspect-delay") {
    refuseAnonymous(directive, proxy);
    inspectDelay(directive, proxy, "tcpRequestInspectDelayMs");
  } else if (kind === "content") {
    const rule = tcpRule(directive, proxy, "tcp-request content");
    warnOfOrder(directive, proxy, "tcp-request content", keyword);
    proxy.tcpRequestContent.push(rule);
  } else if (kind === "connection" || kind === "session") {
    if (!proxy.frontend)
      directive.fail(
        `${keyword} ${kind} is not allowed because ${typeOf(proxy)} ${proxy.name} is not a frontend`,
        {
          word: 1,
          code: "no-such-side",
        },
      );
    const rule = tcpRule(directive, proxy, `tcp-request ${kind}`);
    warnOfOrder(directive, proxy, `tcp-request ${kind}`, keyword);
    proxy[kind === "session" ? "tcpRequestSession" : "tcpRequestConnection"].push(rule);
  } else
    directive.fail(
      `'${keyword}' expects 'inspect-delay', 'connection', or 'content' ${where} (got '${kind}')`,
      { word: 1, code: "unknown-keyword" },
    );
};

/** `tcp-response …` */
const tcpResponse: ProxyReader = (directive, proxy) => {
  const [keyword, kind] = [directive.at(0), directive.at(1)];
  const where = proxy.kind === "defaults" ? "in defaults section" : `in ${typeOf(proxy)} '${proxy.name}'`;
  if (kind === "")
    directive.fail(`missing argument for '${keyword}' ${where}`, { word: 1, code: "missing-argument" });
  if ((proxy.kind === "defaults" && proxy.name === "") || !proxy.backend)
    directive.fail(
      `${keyword} ${kind} is only allowed in 'backend' sections or 'defaults' section with a name`,
      { word: 1, code: "no-such-side" },
    );
  if (kind === "inspect-delay") inspectDelay(directive, proxy, "tcpResponseInspectDelayMs");
  else if (kind === "content")
    proxy.tcpResponseContent.push(tcpRule(directive, proxy, "tcp-response content"));
  else
    directive.fail(`'${keyword}' expects 'inspect-delay' or 'content' ${where} (got '${kind}')`, {
      word: 1,
      code: "unknown-keyword",
    });
};

function refuseAnonymous(directive: Directive, proxy: ProxyDraft): void {
  if (proxy.kind === "defaults" && proxy.name === "")
    directive.fail(`${directive.at(0)} ${directive.at(1)} is not allowed in anonymous 'defaults' sections`, {
      code: "not-in-defaults",
      remedy: "Give the section a name (defaults NAME) and the proxies that use it `from NAME`.",
    });
}

function inspectDelay(
  directive: Directive,
  proxy: ProxyDraft,
  key: "tcpRequestInspectDelayMs" | "tcpResponseInspectDelayMs",
): void {
  const text = directive.at(2);
  const time = text === "" ? undefined : parseTime(text, "ms");
  const where = `in ${typeOf(proxy)} '${proxy.name}'`;
  if (typeof time !== "number") {
    const why =
      time === undefined
        ? ""
        : time.fault === "character"
          ? ` (unexpected character '${time.char}')`
          : ` (timer overflow in '${text}', maximum value is 2147483647 ms or ~24.8 days)`;
    directive.fail(`'${directive.text(0, 2)}' expects a positive delay in milliseconds, ${where}${why}`, {
      word: 2,
      code: "invalid-value",
    });
  }
  if (proxy[key]) {
    directive.warn(`ignoring ${directive.text(0, 2)} (was already defined) ${where}`, {
      word: 1,
      code: "twice",
    });
    return;
  }
  proxy[key] = time;
}

/** Actions that only TCP rules have in this form. */
function ownAction(context: RuleContext): TcpAction | undefined {
  const { directive, proxy, set } = context;
  const begin = `'${directive.text(0, 2)} ${context.name}'`;
  const word = context.name;
  if (word === "capture") {
    if (!proxy.frontend) context.fail(`${begin} : proxy '${proxy.name}' has no frontend capability`);
    if (set !== "tcp-request content")
      context.fail(
        `'${word} ${context.word}' is not allowed in '${directive.text(0, 2)}' rules in ${typeOf(proxy)} '${proxy.name}'`,
      );
    return within(
      (message) => `${begin} : ${message}`,
      () => {
        const { expression } = context.expression();
        if (context.word !== "len")
          context.fail("a positive 'len' argument is mandatory", "missing-argument");
        context.at++;
        const length = leadingNumber(context.take());
        if (length <= 0) context.fail("length must be > 0");
        const slot = proxy.requestCaptures.length;
        proxy.requestCaptures.push({ name: undefined, length });
        return { action: "capture" as const, expression, length, slot };
      },
    );
  }
  if (word === "expect-proxy" || word === "expect-netscaler-cip") {
    if (context.word !== "layer4")
      context.fail(
        `${begin} only supports 'layer4' in ${typeOf(proxy)} '${proxy.name}' (got '${context.word}')`,
      );
    if (set !== "tcp-request connection")
      context.fail(
        `'${word} ${context.word}' is not allowed in '${directive.text(0, 2)}' rules in ${typeOf(proxy)} '${proxy.name}'`,
      );
    context.at++;
    return { action: word };
  }
  if (word.startsWith("track-sc"))
    return within(
      (message) => `${begin} : ${message}`,
      () => commonActions["track-sc"]!(context),
    );
  return undefined;
}

function tcpRule(directive: Directive, proxy: ProxyDraft, set: RuleSet) {
  if (set !== "tcp-response content") refuseAnonymous(directive, proxy);
  const word = directive.at(2);
  const name = actionName(word);
  const keyword = actions[set].get(name);
  if (!keyword) refuseAction(directive, proxy, set, word);
  if (keyword.status.kind === "without-effect") directive.withoutEffect(name, keyword.status.says, 2);
  const context = new RuleContext(directive, proxy, set, 2, 3);
  if (keyword.status.kind === "refused") context.fail(`'${name}' ${keyword.status.says}`, "not-supported");
  const action = ownAction(context) ?? commonActions[name]!(context);
  const begin = `'${directive.text(0, 3)}'`;
  const parsed = within(
    (message) =>
      `${begin} : error detected in ${typeOf(proxy)} '${proxy.name}' while parsing '${context.word}' condition : ${message}`,
    () => conditionAt(directive, proxy, context.at),
  );
  if (!parsed && context.word !== "")
    throw new Mistake(
      `${begin} only accepts 'if' or 'unless', in ${typeOf(proxy)} '${proxy.name}' (got '${context.word}')`,
      {
        column: context.column,
        code: "unexpected-argument",
      },
    );
  if (parsed) warnOfTcpConflicts(directive, proxy, set, parsed);
  proxy.ruleChecks.push({ set, check: context.check, raw: looksAtBytes(parsed), place: directive.place() });
  return {
    ...action,
    condition: parsed?.condition,
    place: directive.place(),
    text: directive.text(0, context.at),
  };
}

function warnOfTcpConflicts(
  directive: Directive,
  proxy: ProxyDraft,
  set: RuleSet,
  parsed: Parameters<typeof conflictIn>[0],
): void {
  const places = placesOf(set, proxy);
  const found = conflictIn(parsed, places);
  if (!found) return;
  const { acl, use } = found;
  const where = checkpointName(places);
  const message = use
    ? `${acl.name ? `acl '${acl.name}'` : "anonymous acl"} involves keyword '${use.keyword}' which is incompatible with '${where}'`
    : acl.name
      ? `acl '${acl.name}' will never match in '${directive.text(0, 2)}' because it only involves keywords that are incompatible with '${where}'`
      : `anonymous acl will never match in '${directive.text(0, 2)}' because it uses keyword '${acl.uses[0]!.keyword}' which is incompatible with '${where}'`;
  directive.warn(message, { code: "condition-conflict" });
}

function refuseAction(directive: Directive, proxy: ProxyDraft, set: RuleSet, word: string): never {
  const own = ["accept", "reject", "capture", "track-sc", "expect-proxy", "expect-netscaler-cip", "close"];
  const known = [...actions[set].keys()];
  const others = actionList(set, own);
  const begin =
    set === "tcp-response content"
      ? "'accept', 'close', 'reject'"
      : "'accept', 'reject', 'capture', 'expect-proxy', 'expect-netscaler-cip', 'track-sc0' ... 'track-sc2'";
  const best = suggest(word, known);
  directive.fail(
    `'${directive.text(0, 2)}' expects ${begin}, ${others} in ${typeOf(proxy)} '${proxy.name}' (got '${word}').${best ? ` Did you mean '${best}' maybe ?` : ""}`,
    { word: 2, code: "unknown-action", ...(best ? { meant: best, remedy: `Did you mean ${best}?` } : {}) },
  );
}

export const tcpRuleReaders: Readonly<Record<string, ProxyReader>> = {
  "tcp-request": tcpRequest,
  "tcp-response": tcpResponse,
};
