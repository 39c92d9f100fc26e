import type { Block } from "../block.js";
import type { Definition } from "../definition.js";
import { invalid, Mistake } from "../mistake.js";
import type { LocationMatch } from "../model/index.js";
import type { Statement, Word } from "../statement.js";
import { checkRegex } from "./regex.js";

/** `location [MODIFIER] NAME` (ngx_http_core_location). */
export function readLocation(
  statement: Statement,
  block: Block,
  own: Definition<LocationMatch | undefined>,
): LocationMatch {
  const match = matchOf(statement);
  if (block.context === "location") checkNesting(match, block.own(own)!, statement);
  return match;
}

const plain = { noRegex: false, ignoreCase: false } as const;

function matchOf(statement: Statement): LocationMatch {
  const [first, second] = statement.words as readonly [Word, Word?];
  if (second !== undefined) {
    if (first.text === "=") return { kind: "exact", name: second.text, ...plain };
    if (first.text === "^~") return { kind: "prefix", name: second.text, ...plain, noRegex: true };
    if (first.text === "~" || first.text === "~*")
      return regexMatch(second.text, first.text === "~*", second);
    throw invalid("location modifier", first, { remedy: "Say =, ^~, ~ or ~*, or none." });
  }
  const { text } = first;
  if (text.startsWith("=")) return { kind: "exact", name: text.slice(1), ...plain };
  if (text.startsWith("^~")) return { kind: "prefix", name: text.slice(2), ...plain, noRegex: true };
  if (text.startsWith("~*")) return regexMatch(text.slice(2), true, first);
  if (text.startsWith("~")) return regexMatch(text.slice(1), false, first);
  return { kind: text.startsWith("@") ? "named" : "prefix", name: text, ...plain };
}

function regexMatch(name: string, ignoreCase: boolean, word: Word): LocationMatch {
  checkRegex(name, word, ignoreCase);
  return { kind: "regex", name, noRegex: false, ignoreCase };
}

function checkNesting(match: LocationMatch, outer: LocationMatch, statement: Statement): void {
  const about = { code: "location-nesting", word: statement.words.at(-1)! };
  if (outer.kind === "exact" || outer.kind === "named")
    throw new Mistake(
      `location "${match.name}" cannot be inside the ${outer.kind} location "${outer.name}"`,
      about,
    );
  if (match.kind === "named")
    throw new Mistake(`named location "${match.name}" can be on the server level only`, about);
  if (match.kind !== "regex" && !match.name.startsWith(outer.name))
    throw new Mistake(`location "${match.name}" is outside location "${outer.name}"`, about);
}
