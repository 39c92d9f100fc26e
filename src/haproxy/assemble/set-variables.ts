import { later, nowhere, type ProcessRun } from "../run/index.js";

/** `set-var` and `set-var-fmt` of the global section. */
export function setVariables({ compile, variables, config }: ProcessRun): void {
  for (const { name, value } of config.global.variables) {
    const bare = name.replace(/^proc\./, "");
    if ("nodes" in value) variables.set(bare, { type: "str", value: compile.format(value)(nowhere) });
    else {
      const sample = compile.expression(value)(nowhere);
      if (sample !== undefined && sample !== later) variables.set(bare, sample);
    }
  }
}
