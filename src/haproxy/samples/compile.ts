import type { Condition, Expression, LogFormat } from "../../config/haproxy/model/index.js";
import { compileFormat } from "../log/format.js";
import { compileCondition } from "../patterns/condition.js";
import type { PatternStore } from "../patterns/store.js";
import {
  type Acls,
  type Evaluate,
  type ExpressionCompiler,
  type Fetched,
  type FormatUse,
  later,
  type ProcessRun,
  type Render,
  type Sample,
  type SampleContext,
  type Test,
} from "../run/index.js";
import { cast } from "./cast.js";
import { converters } from "./converters/index.js";
import { fetches } from "./fetches/index.js";
import type { Convert, Environment, MadeFetch } from "./registry.js";

/** An expression as ACLs need it. */
export interface CompiledExpression {
  readonly one: Evaluate;
  readonly every: (context: SampleContext) => readonly Sample[] | undefined;
  readonly mayChange: ((context: SampleContext) => boolean) | undefined;
}

/**
 * Makes functions of expressions, log-format strings and conditions. `process` is asked for when they are evaluated, so that compiling may
 * begin before all of it stands.
 */
export function createCompiler(process: () => ProcessRun, patterns: PatternStore): ExpressionCompiler {
  const environment: Environment = {
    get process() {
      return process();
    },
    patterns,
  };
  const compiled = new WeakMap<Expression, CompiledExpression>();
  const compile = (expression: Expression): CompiledExpression => {
    const known = compiled.get(expression);
    if (known) return known;
    const made = compileExpression(expression, environment);
    compiled.set(expression, made);
    return made;
  };
  const expression = (one: Expression): Evaluate => compile(one).one;
  return {
    expression,
    every: (one) => compile(one).every,
    format: (format: LogFormat, use: FormatUse = "http"): Render =>
      compileFormat(format, use, expression, environment),
    condition: (condition: Condition | undefined, acls: Acls): Test =>
      compileCondition(condition, acls, compile, environment),
  };
}

const none: MadeFetch = { one: () => undefined };

export function compileExpression(expression: Expression, environment: Environment): CompiledExpression {
  const { fetch } = expression;
  const made = fetches[fetch.name]?.(fetch.arguments, environment, fetch.name) ?? none;
  const { one, every, mayChange }: MadeFetch = typeof made === "function" ? { one: made } : made;
  const steps = expression.converters.map((call): Convert => {
    const kind = converters[call.name];
    if (!kind) return () => undefined;
    const convert = kind.make(call.arguments, environment, call.name, call.place);
    const { from } = kind;
    if (from === "any" || from === "same") return convert;
    return (sample, context) => {
      const fitting = cast(sample, from);
      return fitting && convert(fitting, context);
    };
  });
  const settled = expression.converters.some(({ name }) => converters[name]?.settles === true);
  return {
    one: chain(one, steps),
    every: chainEvery(one, every, steps),
    mayChange: settled ? undefined : mayChange,
  };
}

function chain(fetch: Evaluate, steps: readonly Convert[]): Evaluate {
  return (context) => {
    let fetched = fetch(context);
    for (let at = 0; at < steps.length; at++) {
      if (fetched === undefined || fetched === later) break;
      fetched = (steps[at] as Convert)(fetched, context);
    }
    return fetched === later && context.final ? undefined : fetched;
  };
}

function chainEvery(
  one: Evaluate,
  every: MadeFetch["every"],
  steps: readonly Convert[],
): CompiledExpression["every"] {
  const single = chain(one, steps);
  if (every === undefined)
    return (context) => {
      const fetched = single(context);
      return fetched === later ? undefined : fetched === undefined ? [] : [fetched];
    };
  return (context) => {
    const samples = every(context);
    if (samples === undefined) return context.final ? [] : undefined;
    if (steps.length === 0) return samples;
    const found: Sample[] = [];
    for (const sample of samples) {
      let fetched: Fetched = sample;
      for (const step of steps) {
        if (fetched === undefined || fetched === later) break;
        fetched = step(fetched, context);
      }
      // As in HAProxy the values behind one that can't be converted aren't looked at.
      if (fetched === undefined || fetched === later) break;
      found.push(fetched);
    }
    return found;
  };
}
