import type { Argument } from "../../config/haproxy/model/index.js";
import type { Sample, SampleContext } from "../run/index.js";
import { variableName, variablesOf } from "../variables/index.js";
import { cast, textOf } from "./cast.js";
import { type Environment, number, text } from "./registry.js";

/** Reads an argument that may be a variable; undefined where it isn't set. */
export type ReadArgument = (context: SampleContext) => Sample | undefined;

/** A variable's value, where an argument is one; undefined where it isn't one. */
export function variableArgument(
  argument: Argument | undefined,
  environment: Environment,
): ReadArgument | undefined {
  const found =
    argument?.kind === "variable"
      ? argument
      : argument?.kind === "str"
        ? variableName(argument.value)
        : undefined;
  return found && ((context) => variablesOf(found.scope, context, environment.process)?.get(found.name));
}

/** A number, or a variable that is cast to one. */
export function numberArgument(
  arguments_: readonly Argument[],
  at: number,
  environment: Environment,
): (context: SampleContext) => number | bigint | undefined {
  const variable = variableArgument(arguments_[at], environment);
  if (!variable) {
    const written = text(arguments_, at);
    const value = written !== undefined && /^-?\d+$/.test(written) ? BigInt(written) : number(arguments_, at);
    return () => value;
  }
  return (context) => {
    const value = variable(context);
    const cast_ = value && cast(value, "sint");
    return cast_?.type === "sint" ? cast_.value : undefined;
  };
}

/** A text, or a variable that is cast to one. */
export function textArgument(
  arguments_: readonly Argument[],
  at: number,
  environment: Environment,
): (context: SampleContext) => string | undefined {
  const variable = variableArgument(arguments_[at], environment);
  if (!variable) {
    const value = text(arguments_, at);
    return () => value;
  }
  return (context) => {
    const value = variable(context);
    return value === undefined
      ? undefined
      : value.type === "bin"
        ? value.value.toString("latin1")
        : textOf(value);
  };
}
