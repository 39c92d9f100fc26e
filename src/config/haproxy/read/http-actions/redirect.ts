import type { Redirect } from "../../model/rule.js";
import { leadingNumber } from "../../values/numbers.js";
import type { RuleContext } from "../rule-context.js";

/** Words of `redirect` after the word itself, its condition not among them. */
export function redirectWords(rule: RuleContext, response: boolean, literal: boolean): Redirect {
  const redirect = {
    action: "redirect" as const,
    kind: undefined as Redirect["kind"] | undefined,
    code: 302 as Redirect["code"],
    dropQuery: false,
    appendSlash: false,
    ignoreEmpty: false,
    setCookie: undefined as string | undefined,
    clearCookie: false,
  };
  let target = "";
  let targetAt = rule.at;
  while (!rule.ended) {
    const word = rule.take();
    const value = () => {
      if (rule.word === "") rule.fail(`missing argument for '${word}'`, "missing-argument");
      return rule.take();
    };
    if (word === "location" || word === "prefix" || word === "scheme") {
      redirect.kind = word;
      target = value();
      targetAt = rule.at - 1;
    } else if (word === "set-cookie" || word === "clear-cookie") {
      const cookie = value();
      redirect.clearCookie = word === "clear-cookie";
      redirect.setCookie = cookie + (redirect.clearCookie ? "; path=/; Max-Age=0;" : "; path=/;");
    } else if (word === "code") {
      const text = value();
      const code = leadingNumber(text);
      if (![301, 302, 303, 307, 308].includes(code)) {
        rule.at--;
        rule.fail(`'code': unsupported HTTP code '${text}' (must be one of 301, 302, 303, 307 or 308)`);
      }
      redirect.code = code as Redirect["code"];
    } else if (word === "drop-query") redirect.dropQuery = true;
    else if (word === "append-slash") redirect.appendSlash = true;
    else if (word === "ignore-empty") redirect.ignoreEmpty = true;
    else {
      rule.at--;
      rule.fail(
        `expects 'code', 'prefix', 'location', 'scheme', 'set-cookie', 'clear-cookie', 'drop-query', 'ignore-empty' or 'append-slash' (was '${word}')`,
        "unknown-keyword",
      );
    }
  }
  const { kind } = redirect;
  if (kind === undefined)
    rule.fail("redirection type expected ('prefix', 'location', or 'scheme')", "missing-argument");
  if (response && kind !== "location") rule.fail("response only supports redirect type 'location'");
  const place = rule.directive.place(targetAt);
  const format = literal
    ? { text: target, nodes: [{ kind: "text" as const, text: target }], place }
    : kind === "prefix" && target === "/"
      ? { text: target, nodes: [], place }
      : rule.format(target, targetAt);
  return { ...redirect, kind, format };
}
