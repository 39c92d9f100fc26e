import { within } from "../../grammar/mistake.js";
import { wholeNumber } from "../../values/numbers.js";
import { checkRegex } from "../../values/regex.js";
import type { Reader } from "./reader.js";

export const header =
  (action: "set-header" | "add-header" | "early-hint"): Reader =>
  (rule) => {
    if (rule.word === "" || rule.directive.at(rule.at + 1) === "")
      rule.fail("expects exactly 2 arguments", "missing-argument");
    const name = rule.take();
    return { action, name, format: rule.format() };
  };

export const replaceHeader =
  (action: "replace-header" | "replace-value"): Reader =>
  (rule) => {
    if (rule.word === "" || rule.directive.at(rule.at + 1) === "" || rule.directive.at(rule.at + 2) === "")
      rule.fail("expects exactly 3 arguments", "missing-argument");
    const name = rule.take();
    const regex = rule.take();
    within(
      (message) => message,
      () => checkRegex(regex, false),
      { column: rule.directive.column(rule.at - 1) },
    );
    return { action, name, regex, format: rule.format() };
  };

export const replaceUri =
  (action: "replace-uri" | "replace-path" | "replace-pathq"): Reader =>
  (rule) => {
    const after = rule.directive.at(rule.at + 2);
    if (rule.word === "" || rule.directive.at(rule.at + 1) === "" || !/^(|if|unless)$/.test(after))
      rule.fail("expects exactly 2 arguments <match-regex> and <replace-format>", "missing-argument");
    const regex = rule.take();
    within(
      (message) => `failed to parse the regex : ${message}`,
      () => checkRegex(regex, false),
      { column: rule.directive.column(rule.at - 1) },
    );
    return { action, regex, format: rule.format() };
  };

export const requestLine =
  (action: "set-method" | "set-uri" | "set-path" | "set-pathq" | "set-query"): Reader =>
  (rule) => {
    if (rule.word === "" || !/^(|if|unless)$/.test(rule.directive.at(rule.at + 1)))
      rule.fail("expects exactly 1 argument <format>", "missing-argument");
    return { action, format: rule.format() };
  };

export const deleteHeader: Reader = (rule) => {
  const name = rule.need("expects at least 1 argument");
  if (rule.word !== "-m") return { action: "del-header", name, method: "str" };
  rule.at++;
  const method = rule.need("-m flag expects exactly 1 argument");
  if (method === "reg") checkRegex(name, false);
  else if (method !== "str" && method !== "beg" && method !== "end" && method !== "sub")
    return rule.fail(`-m with unsupported matching method '${method}'`);
  return { action: "del-header", name, method };
};

export const setStatus: Reader = (rule) => {
  const text = rule.need("expects 1 argument: <status>; or 3 arguments: <status> reason <fmt>");
  const status = wholeNumber(text);
  if (status === undefined || status < 100 || status > 999)
    return rule.fail("expects an integer status code between 100 and 999");
  if (rule.word !== "reason" || /^(|if|unless)$/.test(rule.directive.at(rule.at + 1)))
    return { action: "set-status", status, reason: undefined };
  rule.at++;
  return { action: "set-status", status, reason: rule.take() };
};
