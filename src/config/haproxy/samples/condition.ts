import { suggestion } from "../../../nearest.js";
import type { Directive } from "../grammar/directive.js";
import { Mistake, within } from "../grammar/mistake.js";
import type { AclTerm, Condition, ConditionTerm } from "../model/expression.js";
import { type Acl, type AclUse, aclTerm } from "./acl.js";
import { defaultAcls } from "./acl-names.js";
import { checkpointName } from "./checkpoints.js";

/** A condition with what has to be checked of it where it is used. */
export interface ParsedCondition {
  readonly condition: Condition;
  /** In order of their terms: whose ACL, and its uses. */
  readonly acls: readonly Acl[];
}

/** Adds a line `acl NAME criterion …` to the ACLs of a proxy. */
export function defineAcl(directive: Directive, acls: Map<string, Acl>, name: string): Acl {
  const { term, use } = aclTerm(directive);
  const first = directive.at(0);
  if (!first.includes("(") && directive.at(1).startsWith("("))
    directive.reading.warnBare(
      directive,
      `parsing acl '${name}' :\n  matching '${first}' for pattern '${directive.at(1)}' is likely a mistake and probably\n  not what you want. Maybe you need to remove the extraneous space before '('.\n  If you are really sure this is not an error, please insert '--' between the\n  match and the pattern to make this warning message disappear.\n`,
      "misplaced-parenthesis",
    );
  let acl = name === "" ? undefined : acls.get(name);
  if (!acl) {
    acl = { name, terms: [], uses: [] };
    if (name !== "") acls.set(name, acl);
  }
  acl.terms.push(term);
  acl.uses.push(use);
  return acl;
}

/** Takes `if …` or `unless …`, which is the first word of the line, to its end (acl.c, build_acl_cond and parse_acl_cond). */
export function conditionOf(directive: Directive, acls: Map<string, Acl>): ParsedCondition {
  const unless = directive.at(0) === "unless";
  const used: Acl[] = [];
  const alternatives: ConditionTerm[][] = [];
  let fresh = true;
  let negated = false;
  for (let index = 1; directive.at(index) !== ""; index++) {
    const word = directive.at(index).replace(/^!+/, (marks) => {
      if (marks.length % 2 === 1) negated = !negated;
      return "";
    });
    if (word === "") continue;
    if (word.toLowerCase() === "or" || word === "||") {
      fresh = true;
      negated = false;
      continue;
    }
    let acl: Acl;
    let text = word;
    if (word === "{") {
      let end = index + 1;
      while (directive.at(end) !== "" && directive.at(end) !== "}") end++;
      if (directive.at(end) === "")
        throw new Mistake("missing closing '}' in condition", {
          column: directive.column(index),
          code: "syntax",
        });
      const inner = directive.with(directive.words.slice(index + 1, end));
      acl = defineAcl(inner, acls, "");
      text = `{ ${inner.text()} }`;
      index = end;
    } else acl = named(directive, index, word, acls);
    if (fresh) alternatives.push([]);
    fresh = false;
    used.push(acl);
    alternatives.at(-1)!.push({ negated, name: text, terms: acl.terms as readonly AclTerm[] });
    negated = false;
  }
  return {
    condition: { unless, alternatives, text: directive.text(), place: directive.place() },
    acls: used,
  };
}

function named(directive: Directive, index: number, word: string, acls: Map<string, Acl>): Acl {
  const known = acls.get(word);
  if (known) return known;
  const words = defaultAcls.get(word);
  const column = directive.column(index);
  if (!words) {
    const remedy = suggestion(word, [...acls.keys(), ...defaultAcls.keys()]);
    throw new Mistake(`no such ACL : '${word}'`, {
      column,
      code: "unknown-acl",
      ...(remedy ? { remedy } : {}),
    });
  }
  const { term, use } = aclTerm(directive.with(words.map((text) => ({ text, column }))));
  const acl = { name: word, terms: [term], uses: [use] };
  acls.set(word, acl);
  return acl;
}

const valid = (acl: Acl) => acl.uses.reduce((bits, use) => bits | use.checkpoints, 0);

/** HAProxy's words for a condition that can't or can't always hold where it is used, or undefined (acl.c, acl_cond_conflicts). */
export function conflictIn(
  { acls }: ParsedCondition,
  places: number,
): { readonly acl: Acl; readonly use: AclUse | undefined } | undefined {
  const never = acls.find((acl) => (valid(acl) & places) === 0);
  if (never) return { acl: never, use: undefined };
  for (const acl of acls)
    for (const use of acl.uses) if ((use.checkpoints & places) === 0) return { acl, use };
  return undefined;
}

/** Warns of a condition's parts that can't hold at some places (cfgparse.c, warnif_cond_conflicts). */
export function warnOfConflicts(directive: Directive, parsed: ParsedCondition, places: number): void {
  const found = conflictIn(parsed, places);
  if (!found) return;
  const where = checkpointName(places);
  const { acl, use } = found;
  const column =
    acl.terms[0]!.place.line === directive.line ? acl.terms[0]!.place.column : directive.column(0);
  const message = use
    ? acl.name
      ? `acl '${acl.name}' involves keywords '${use.keyword}' which is incompatible with '${where}'`
      : `anonymous acl involves keyword '${use.keyword}' which is incompatible with '${where}'`
    : acl.name
      ? `acl '${acl.name}' will never match because it only involves keywords that are incompatible with '${where}'`
      : `anonymous acl will never match because it uses keyword '${acl.uses[0]!.keyword}' which is incompatible with '${where}'`;
  directive.warn(message, { column, code: "condition-conflict" });
}

/** Words put around a mistake in a condition. */
export const inCondition = <T>(words: string, work: () => T): T =>
  within((message) => `${words} : ${message}.`, work);
