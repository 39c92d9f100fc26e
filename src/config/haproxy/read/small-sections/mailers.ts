import type { Directive } from "../../grammar/directive.js";
import { within } from "../../grammar/mistake.js";
import { placeText } from "../../model/place.js";
import type { Mailers } from "../../model/sections.js";
import { parseAddress } from "../../values/address.js";
import type { Mutable } from "../proxy-draft.js";
import { newSection, timeAt, unknownIn } from "../sections.js";
import { missing, type SectionLines } from "./section-lines.js";

export function beginMailers(directive: Directive): SectionLines {
  const { reading } = directive;
  const name = newSection(directive, reading.mailers, {
    missing: "missing name for mailers section.",
    same: (other) =>
      `mailers section '${directive.at(1)}' has the same name as another mailers section declared at ${placeText(other.place)}.`,
  });
  const mailers: Mailers["mailers"][number][] = [];
  const section: Mutable<Mailers> = { name, mailers, timeoutMs: 10_000, place: directive.place(1) };
  reading.mailers.push(section);
  return {
    take: (line) => {
      const [word, first, second] = [line.at(0), line.at(1), line.at(2)];
      if (word === "mailer") {
        if (second === "") missing(line, `'${word}' expects <name> and <addr>[:<port>] as arguments.`);
        const address = within(
          (message) => `'${word} ${first}' : ${message}`,
          () => parseAddress(second, { port: "needed", stream: true, names: true }, reading.environment),
          { column: line.column(2) },
        );
        mailers.push({ name: first, address });
      } else if (word === "timeout") {
        if (first === "") missing(line, `'${word}' expects 'mail' and <time> as arguments.`);
        if (first !== "mail")
          line.fail(`'${word}' expects 'mail' and <time> as arguments got '${first}'.`, {
            word: 1,
            code: "unknown-keyword",
          });
        section.timeoutMs = timeAt(line, 2);
      } else unknownIn(line, "mailers");
    },
  };
}
