import type { Directive } from "../../grammar/directive.js";
import { Mistake } from "../../grammar/mistake.js";
import type { Program } from "../../model/sections.js";
import type { Mutable } from "../proxy-draft.js";
import { unknownIn } from "../sections.js";
import { missing, type SectionLines } from "./section-lines.js";

export function beginProgram(directive: Directive): SectionLines {
  const { reading } = directive;
  directive.atMost(1);
  const name = directive.at(1);
  if (name === "")
    throw new Mistake("'program' expects an <id> argument", {
      column: directive.column(1),
      code: "missing-argument",
      abort: true,
    });
  if (reading.programs.some((one) => one.name === name))
    throw new Mistake(`'${name}' program section already exists in the configuration.`, {
      column: directive.column(1),
      close: true,
      code: "same-name",
      abort: true,
    });
  const section: Mutable<Program> = {
    name,
    command: [],
    user: undefined,
    group: undefined,
    startOnReload: true,
    place: directive.place(1),
  };
  reading.programs.push(section);
  return {
    take: (line) => {
      const [word, first] = [line.at(0), line.at(1)];
      if (word === "command") {
        if (first === "")
          missing(line, `'${word}' expects a command with optional arguments separated in words.`, true);
        section.command = line.words.slice(1, line.length).map((one) => one.text);
      } else if (word === "option") {
        if (first === "") missing(line, `'${word}' expects an option name.`, true);
        if (first !== "start-on-reload")
          line.fail(`unknown option '${first}'.`, { word: 1, code: "unknown-option" });
        line.atMost(0, 1);
        section.startOnReload = line.prefix !== "no";
      } else if (word === "user" || word === "group") {
        if (first === "") missing(line, `'${word}' expects a ${word} name.`, true);
        line.atMost(1);
        if (reading.world[word](first) === undefined)
          line.fail(`cannot find ${word} id for '${first}' (0:Success)`, {
            word: 1,
            code: `unknown-${word}`,
          });
        section[word] = first;
      } else unknownIn(line, "program");
    },
  };
}
