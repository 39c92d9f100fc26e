import type { Directive } from "../grammar/directive.js";
import { Mistake } from "../grammar/mistake.js";
import { suggest } from "../grammar/suggest.js";
import { type SmallSection, sectionKeywords } from "../keywords/sections.js";
import type { Place } from "../model/place.js";
import { parseTime } from "../values/numbers.js";
import { wrongCharacter } from "./readers.js";

/** The name of a section that begins, which no other of its kind may have. */
export function newSection(
  directive: Directive,
  others: readonly { readonly name: string; readonly place: Place }[],
  words: {
    readonly missing: string;
    readonly same: (other: { readonly place: Place }) => string;
    readonly close?: boolean;
  },
): string {
  const name = directive.at(1);
  if (name === "")
    throw new Mistake(words.missing, { column: directive.column(1), code: "missing-argument", abort: true });
  const wrong = wrongCharacter(name);
  if (wrong)
    throw new Mistake(`character '${wrong}' is not permitted in '${directive.at(0)}' name '${name}'.`, {
      column: directive.column(1),
      code: "invalid-name",
      abort: true,
    });
  const same = others.find((one) => one.name === name);
  if (same) directive.alert(words.same(same), { word: 1, close: true, code: "same-name" });
  return name;
}

/** Refuses a keyword that a section doesn't have. */
export function unknownIn(directive: Directive, section: SmallSection): never {
  const name = directive.at(0);
  const known = [...sectionKeywords[section].values()].filter((one) => one.status.kind === "done");
  const best = suggest(
    name,
    known.map((one) => one.name),
  );
  directive.fail(`unknown keyword '${name}' in '${section}' section`, {
    code: "unknown-keyword",
    ...(best ? { meant: best, remedy: `Did you mean ${best}?` } : {}),
  });
}

/** A time that stands at a word, or the mistake with the words before it. */
export function timeAt(directive: Directive, index: number, unit: "ms" | "s" = "ms"): number {
  const text = directive.at(index);
  const words = directive.text(0, index);
  if (text === "")
    directive.fail(`'${words}' expects <time> as argument.`, { word: index, code: "missing-argument" });
  const time = parseTime(text, unit);
  if (typeof time === "number") return time;
  directive.fail(
    time.fault === "character"
      ? `unexpected character '${time.char}' in argument to <${words}>.`
      : `timer overflow in argument <${text}> to <${words}>, maximum value is 2147483647 ms (~24.8 days).`,
    { word: index, close: true, code: "invalid-value" },
  );
}
