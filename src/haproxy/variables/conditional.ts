import type { VariableScope } from "../../config/haproxy/model/index.js";
import type { ProcessRun, Sample, SampleContext, Variables } from "../run/index.js";
import { variablesOf } from "./scope.js";

/** When `set-var(name,condition…)` sets: all of them have to hold. */
export type VariableCondition =
  | "ifexists"
  | "ifnotexists"
  | "ifempty"
  | "ifnotempty"
  | "ifset"
  | "ifnotset"
  | "ifgt"
  | "iflt";

/**
 * Sets a variable if its conditions hold (vars.c, var_set); whether they did. Those of the process exist from the start on, with or without a
 * value (`permanent`). "ifgt" and "iflt" compare what it was with what it is to be, where both are numbers.
 */
export function setIf(
  variables: Variables,
  name: string,
  value: Sample,
  conditions: readonly VariableCondition[],
  permanent: boolean,
): boolean {
  if (conditions.length > 0) {
    const before = variables.get(name);
    if (!conditions.every((condition) => holds(condition, before, value, permanent))) return false;
  }
  variables.set(name, value);
  return true;
}

function holds(
  condition: VariableCondition,
  before: Sample | undefined,
  value: Sample,
  permanent: boolean,
): boolean {
  const text = value.type === "str" || value.type === "bin" ? value.value.length : undefined;
  switch (condition) {
    case "ifexists":
      return permanent || before !== undefined;
    case "ifnotexists":
      return !permanent && before === undefined;
    case "ifset":
      return before !== undefined;
    case "ifnotset":
      return before === undefined;
    case "ifempty":
      return text === 0;
    case "ifnotempty":
      return text !== 0;
    case "ifgt":
      return before?.type !== "sint" || value.type !== "sint" || before.value > value.value;
    case "iflt":
      return before?.type !== "sint" || value.type !== "sint" || before.value < value.value;
  }
}

/** What a rule sets: a variable of a scope, under conditions. */
export interface Assignment {
  readonly scope: VariableScope;
  readonly name: string;
  readonly conditions?: readonly string[];
}

/** Does what `set-var(scope.name,condition…)` says; where there is no such scope nothing happens. */
export function assign(target: Assignment, value: Sample, context: SampleContext, process: ProcessRun): void {
  const variables = variablesOf(target.scope, context, process);
  const conditions = (target.conditions ?? []) as readonly VariableCondition[];
  if (variables) setIf(variables, target.name, value, conditions, target.scope === "proc");
}
