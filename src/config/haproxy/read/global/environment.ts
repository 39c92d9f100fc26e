import { needed, type SectionReader } from "../readers.js";

const setenv: SectionReader = (directive) => {
  const { environment } = directive.reading;
  directive.atMost(3);
  if (directive.at(2) === "")
    directive.fail(`'${directive.at(0)}' expects a name and a value.`, {
      word: directive.length,
      close: true,
      code: "missing-argument",
    });
  const name = directive.at(1);
  if (directive.at(0) === "setenv" || environment[name] === undefined) environment[name] = directive.at(2);
};

/** Variables of the environment. */
export const environmentReaders: Readonly<Record<string, SectionReader>> = {
  setenv,
  presetenv: setenv,
  unsetenv: (directive) => {
    needed(directive, 1, "'unsetenv' expects at least one variable name.", { close: true });
    for (let index = 1; directive.at(index) !== ""; index++)
      delete directive.reading.environment[directive.at(index)];
  },
  resetenv: (directive) => {
    const { environment } = directive.reading;
    const keep = directive.words.map((word) => word.text);
    for (const name of Object.keys(environment)) if (!keep.includes(name)) delete environment[name];
  },
};
