import { Mistake } from "../grammar/mistake.js";
import type { VariableScope } from "../model/expression.js";

/** A variable's name taken apart: "txn.x" (vars.c, vars_hash_name). */
export function variableNamed(text: string): { readonly scope: VariableScope; readonly name: string } {
  if (text === "") throw new Mistake("Empty variable name cannot be accepted");
  const found = /^(proc|sess|txn|req|res|check)\.(.+)$/s.exec(text);
  if (!found)
    throw new Mistake(
      `invalid variable name '${text}'. A variable name must be start by its scope. The scope can be 'proc', 'sess', 'txn', 'req', 'res' or 'check'`,
    );
  const name = found[2]!;
  const wrong = name.search(/[^A-Za-z0-9_.]/);
  if (wrong >= 0) throw new Mistake(`invalid syntax at char '${name.slice(wrong)}'`);
  return { scope: found[1] as VariableScope, name };
}

/** The same, or undefined where it is none. */
export function variableIn(text: string): ReturnType<typeof variableNamed> | undefined {
  try {
    return variableNamed(text);
  } catch {
    return undefined;
  }
}
