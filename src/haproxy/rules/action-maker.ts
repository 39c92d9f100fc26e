import type { HttpRule, TcpRule } from "../../config/haproxy/model/index.js";
import type { Evaluate, Sample, SampleContext } from "../run/index.js";
import { cast } from "../samples/index.js";
import type { RuleSurroundings } from "./compile.js";
import type { Action } from "./rule.js";

export type AnyRule = TcpRule | HttpRule;

/** The rules of an action's name. */
export type RuleOf<Name extends AnyRule["action"]> = AnyRule extends infer Each
  ? Each extends { readonly action: infer Names }
    ? Name extends Names
      ? Each
      : never
    : never
  : never;

/** Makes a rule's action ready; `rules` is its set, and where it stands in it. */
export type ActionMaker = (
  // biome-ignore lint/suspicious/noExplicitAny: each maker is given the rules of its own action only
  rule: any,
  surroundings: RuleSurroundings,
  rules: readonly AnyRule[],
  at: number,
) => Action;

/** A sample that is there; `later` counts as none. */
export function value(evaluate: Evaluate, context: SampleContext): Sample | undefined {
  const sample = evaluate(context);
  return typeof sample === "symbol" ? undefined : sample;
}

export function number(evaluate: Evaluate, context: SampleContext): number | undefined {
  const sample = value(evaluate, context);
  const found = sample === undefined ? undefined : cast(sample, "sint");
  return found === undefined ? undefined : Number(found.value);
}
