import { invalid, Mistake } from "../mistake.js";
import type { IfCondition } from "../model/index.js";
import type { Word } from "../statement.js";
import { checkRegex } from "./regex.js";

const tests = { f: "file", d: "folder", e: "exists", x: "executable" } as const;

/** The words between the brackets of an `if` (ngx_http_rewrite_if_condition); brackets may be words of their own. */
export function readCondition(all: readonly Word[]): IfCondition {
  const words = withoutBrackets(all);
  const first = words[0] ?? all.at(-1)!;
  if (words.length === 0) throw invalid("condition", { ...first, text: ")" });
  if (first.text.length > 1 && first.text.startsWith("$")) return ofVariable(words);
  const test = /^(!?)-(.)$/s.exec(first.text);
  const kind = test === null ? undefined : tests[test[2] as keyof typeof tests];
  if (kind === undefined || words.length !== 2) throw invalid("condition", first);
  const path = words[1]!;
  return {
    kind: "file",
    test: kind,
    path: { text: path.text, place: path.place },
    negated: test![1] === "!",
  };
}

function withoutBrackets(all: readonly Word[]): Word[] {
  const words = [...all];
  const first = words[0]!;
  if (!first.text.startsWith("(")) throw invalid("condition", first, { remedy: "Begin it with (." });
  if (first.text === "(") words.shift();
  else words[0] = { ...first, text: first.text.slice(1) };
  const last = words.at(-1) ?? first;
  if (!last.text.endsWith(")")) throw invalid("condition", last, { remedy: "End it with )." });
  if (last.text === ")") words.pop();
  else words[words.length - 1] = { ...last, text: last.text.slice(0, -1) };
  return words;
}

function ofVariable(words: readonly Word[]): IfCondition {
  const [subject, operator, value] = words as readonly [Word, Word?, Word?];
  if (words.length !== 1 && words.length !== 3) throw invalid("condition", subject);
  const variable = subject.text.slice(1).toLowerCase();
  if (operator === undefined || value === undefined) return { kind: "variable", variable };
  if (operator.text === "=" || operator.text === "!=")
    return {
      kind: "equals",
      variable,
      value: { text: value.text, place: value.place },
      negated: operator.text === "!=",
    };
  const match = /^(!?)~(\*?)$/.exec(operator.text);
  if (match === null)
    throw new Mistake(`unexpected "${operator.text}" in condition`, {
      code: "invalid-condition",
      word: operator,
      remedy: "Say =, !=, ~, ~*, !~ or !~*.",
    });
  const ignoreCase = match[2] === "*";
  checkRegex(value.text, value, ignoreCase);
  return { kind: "regex", variable, regex: value.text, ignoreCase, negated: match[1] === "!" };
}
