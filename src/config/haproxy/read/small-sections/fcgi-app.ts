import type { Directive } from "../../grammar/directive.js";
import { Mistake } from "../../grammar/mistake.js";
import type { SectionLines } from "./section-lines.js";

/** An fcgi-app section: known, but servers are not spoken to in FastCGI. */
export function beginFcgiApp(directive: Directive): SectionLines {
  const name = directive.at(1);
  if (name === "")
    throw new Mistake("missing name for fcgi-app section.", {
      column: directive.column(1),
      code: "missing-argument",
      abort: true,
    });
  directive.reading.add(
    "hint",
    directive.place(),
    `'fcgi-app ${name}' has no effect: FastCGI servers are not spoken to.`,
    {
      code: "without-effect",
    },
  );
  return { take: () => {} };
}
