import type { Block } from "../block.js";
import { invalid, Mistake } from "../mistake.js";
import type { IfCondition, RewriteStatement, Template } from "../model/index.js";
import type { Statement, Word } from "../statement.js";
import { parseNumber } from "../values/numbers.js";
import { readCondition } from "./condition.js";
import { checkRegex } from "./regex.js";

const templateOf = (word: Word, text = word.text): Template => ({ text, place: word.place });
const isUrl = (text: string) => /^(?:https?:\/\/|\$scheme)/.test(text);

/** `rewrite REGEX REPLACEMENT [FLAG]`. */
export function readRewrite(statement: Statement): RewriteStatement {
  const [regex, replacement, flag] = statement.words as readonly [Word, Word, Word?];
  if (replacement.text === "")
    throw new Mistake("empty replacement", { code: "empty-replacement", word: replacement });
  checkRegex(regex.text, regex);
  const said = flag?.text;
  if (
    said !== undefined &&
    said !== "last" &&
    said !== "break" &&
    said !== "redirect" &&
    said !== "permanent"
  )
    throw invalid("parameter", flag!, { remedy: "Say last, break, redirect or permanent, or none." });
  return {
    kind: "rewrite",
    regex: regex.text,
    replacement: templateOf(replacement),
    flag: said,
    place: statement.name.place,
  };
}

/** `return CODE [TEXT]`, `return CODE URL`, `return URL`. */
export function readReturn(statement: Statement): RewriteStatement {
  const [first, second] = statement.words as readonly [Word, Word?];
  const status = parseNumber(first.text);
  const place = statement.name.place;
  if (status === undefined && second === undefined && isUrl(first.text))
    return { kind: "return", status: 302, text: templateOf(first), place };
  if (status === undefined || status > 999) throw invalid("return code", first);
  return { kind: "return", status, text: second && templateOf(second), place };
}

/** `set $variable VALUE`. */
export function readSet(statement: Statement): RewriteStatement {
  const [variable, value] = statement.words as readonly [Word, Word];
  return {
    kind: "set",
    variable: variableName(variable),
    value: templateOf(value),
    place: statement.name.place,
  };
}

/** The name of a variable that is defined here, lower case, without its "$". */
export function variableName(word: Word): string {
  if (!word.text.startsWith("$")) throw invalid("variable name", word, { remedy: 'Begin it with "$".' });
  const name = word.text.slice(1);
  if (name === "") throw invalid("variable name", word);
  return name.toLowerCase();
}

/** What `if` begins with, for its block. */
export function enterIf(child: Block, condition: IfCondition): void {
  const place = child.statement!.name.place;
  child.parent!.rewrites.push({ kind: "if", condition, block: child, place });
}

/** `if (CONDITION)`. */
export const readIf = (statement: Statement): IfCondition => readCondition(statement.words);

/** Puts a statement into its block. */
export function into(read: (statement: Statement) => RewriteStatement) {
  return (statement: Statement, block: Block): void => {
    block.rewrites.push(read(statement));
  };
}
