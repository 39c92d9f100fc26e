import { within } from "../../grammar/mistake.js";
import { checkpoint, expressionAt, requireAt } from "../../samples/expression.js";
import { logFormat } from "../../samples/log-format.js";
import { variableNamed } from "../../samples/variable-name.js";
import type { SectionReader } from "../readers.js";

/** `set-var proc.NAME EXPRESSION` and `set-var-fmt proc.NAME FORMAT` */
const setVariable: SectionReader = (directive) => {
  const { global } = directive.reading;
  const word = directive.at(0);
  const format = word === "set-var-fmt";
  if (directive.at(1) === "" || directive.at(2) === "")
    directive.fail(
      `'${word}' requires a process-wide variable name ('proc.<name>') and a ${format ? "format string" : "sample expression"}.`,
      { word: directive.length, code: "missing-argument" },
    );
  const { scope, name } = within(
    (message) => `'${word}': ${message}`,
    () => variableNamed(directive.at(1)),
    { column: directive.column(1) },
  );
  if (scope !== "proc")
    directive.fail(
      `'${word}': cannot set variable '${directive.at(1)}', only scope 'proc' is permitted in the global section.`,
      { word: 1, code: "invalid-value" },
    );
  const where = { directive, context: "in configuration expression in" };
  if (format) {
    const value = logFormat(where, directive.at(2), {
      places: checkpoint.configuration,
      column: directive.column(2),
      mode: "tcp",
    });
    global.variables.push({ name, value });
    return;
  }
  const parsed = expressionAt(where, 2);
  requireAt(parsed, checkpoint.configuration, `${word}(${directive.at(1)})`, directive.column(2));
  global.variables.push({ name, value: parsed.expression });
};

/** Variables of the process. */
export const variableReaders: Readonly<Record<string, SectionReader>> = {
  "set-var": setVariable,
  "set-var-fmt": setVariable,
};
