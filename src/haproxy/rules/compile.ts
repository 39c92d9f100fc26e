import type { HttpRule, ProxySection, TcpRule } from "../../config/haproxy/model/index.js";
import type { ProcessRun, ProxyRun } from "../run/index.js";
import type { ActionMaker } from "./action-maker.js";
import { addressActions } from "./address-actions.js";
import { answerActions } from "./answer-actions.js";
import { commonActions } from "./common-actions.js";
import { headerActions } from "./header-actions.js";
import { lineActions } from "./line-actions.js";
import { mapActions } from "./map-actions.js";
import { resolveAction } from "./resolve-action.js";
import type { Action, Rule } from "./rule.js";
import { streamActions } from "./stream-actions.js";
import { trackActions } from "./track-actions.js";

/** In which set a rule stands: some actions do different things by it. */
export type RuleSet =
  | "tcp-connection"
  | "tcp-session"
  | "tcp-request"
  | "tcp-response"
  | "http-request"
  | "http-response"
  | "http-after-response";

/** What a rule is made ready with. */
export interface RuleSurroundings {
  readonly process: ProcessRun;
  readonly proxy: ProxyRun;
  readonly section: ProxySection;
  readonly set: RuleSet;
}

/** By the name of an action: what makes it ready. */
const makers = new Map<string, ActionMaker>(
  [
    commonActions,
    trackActions,
    addressActions,
    resolveAction,
    streamActions,
    answerActions,
    headerActions,
    lineActions,
    mapActions,
  ].flatMap((each) => Object.entries(each)),
);

export function compileRules(rules: readonly (TcpRule | HttpRule)[], surroundings: RuleSurroundings): Rule[] {
  const { process, section } = surroundings;
  return rules.map((rule, at) => {
    const maker = makers.get(rule.action);
    const run: Action = maker === undefined ? () => 0 : maker(rule, surroundings, rules, at);
    const test =
      rule.condition === undefined ? undefined : process.compile.condition(rule.condition, section.acls);
    return { test, run, place: rule.place };
  });
}
