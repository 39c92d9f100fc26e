import type { VariableScope } from "../../config/haproxy/model/index.js";
import type { ProcessRun, SampleContext, Variables } from "../run/index.js";

/** The variables of a scope where an expression is evaluated; undefined where there is no such scope. */
export function variablesOf(
  scope: VariableScope,
  context: SampleContext,
  process: ProcessRun,
): Variables | undefined {
  switch (scope) {
    case "proc":
      return process.variables;
    case "sess":
      return context.session?.variables;
    case "check":
      return context.check?.variables;
    default:
      return context.stream?.variables[scope];
  }
}

/** "txn.name" as its scope and its name; undefined where the scope isn't known. */
export function variableName(
  text: string,
): { readonly scope: VariableScope; readonly name: string } | undefined {
  const match = /^(proc|sess|txn|req|res|check)\.([A-Za-z0-9_.]+)$/.exec(text);
  return match ? { scope: match[1] as VariableScope, name: match[2] as string } : undefined;
}
