import type { Directive } from "../../grammar/directive.js";
import { within } from "../../grammar/mistake.js";
import { placeText } from "../../model/place.js";
import type { ErrorReply } from "../../model/proxy.js";
import { errorFile } from "../errors.js";
import { newSection, unknownIn } from "../sections.js";
import { missing, type SectionLines } from "./section-lines.js";

export function beginHttpErrors(directive: Directive): SectionLines {
  const { reading } = directive;
  const name = newSection(directive, reading.httpErrors, {
    missing: "missing name for http-errors section.",
    same: (other) =>
      `http-errors section '${directive.at(1)}' already exists (declared at ${placeText(other.place)}).`,
  });
  const errors = new Map<number, ErrorReply>();
  reading.httpErrors.push({ name, errors, place: directive.place(1) });
  return {
    take: (line) => {
      if (line.at(0) !== "errorfile") unknownIn(line, "http-errors");
      if (line.at(1) === "" || line.at(2) === "")
        missing(line, "errorfile: expects <status_code> and <file> as arguments.");
      const found = within(
        (message) => `errorfile : ${message}`,
        () => errorFile(line),
      );
      if (found) errors.set(...found);
    },
  };
}
