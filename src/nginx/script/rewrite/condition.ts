import type { Place } from "../../../config/finding.js";
import type { IfCondition } from "../../../config/nginx/model/index.js";
import { compileExpression } from "../../variables/expression.js";
import type { Registry } from "../../variables/registry.js";
import { compileQuotable } from "../quoted.js";
import type { Engine } from "./engine.js";
import { testFile } from "./file-test.js";
import type { Rewritable } from "./rewritable.js";

export type Condition<S extends Rewritable> = (engine: Engine<S>) => boolean;

/** @throws Mistake with its place */
export function compileCondition<S extends Rewritable>(
  condition: IfCondition,
  place: Place,
  registry: Registry<S>,
): Condition<S> {
  switch (condition.kind) {
    case "variable": {
      const text = reader(condition.variable, place, registry);
      return ({ request }) => isTrue(text(request));
    }
    case "equals": {
      const text = reader(condition.variable, place, registry);
      const value = compileQuotable(condition.value, registry);
      const { negated } = condition;
      return (engine) => {
        const own = text(engine.request);
        return (own === value(engine.request, engine.escaped)) !== negated;
      };
    }
    case "regex": {
      const text = reader(condition.variable, place, registry);
      const { ignoreCase, negated } = condition;
      const expression = compileExpression(condition.regex, { ignoreCase, place }, registry);
      return (engine) => engine.match(expression, text(engine.request)) !== negated;
    }
    case "file": {
      const path = compileQuotable(condition.path, registry);
      const { test, negated } = condition;
      return (engine) => {
        const { request, escaped, log } = engine;
        return testFile(test, path(request, escaped), (message) => log?.("crit", message)) !== negated;
      };
    }
  }
}

/** As nginx takes a value for true: it isn't empty, and isn't "0". */
const isTrue = (text: string): boolean => text !== "" && text !== "0";

function reader<S extends Rewritable>(
  variable: string,
  place: Place,
  registry: Registry<S>,
): (subject: S) => string {
  const number = registry.reference(variable.replace(/^\$/, ""), place);
  return (subject) => registry.text(subject, number);
}
