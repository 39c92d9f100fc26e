import { within } from "../../grammar/mistake.js";
import { checkpoint, expressionAt } from "../../samples/expression.js";
import { leadingNumber, parseSize, parseTime, wholeNumber } from "../../values/numbers.js";
import type { Reader } from "./reader.js";

export const capture: Reader = (rule) => {
  const response = rule.set !== "http-request";
  const wanted = response
    ? "expects <expression> id <idx>"
    : "expects <expression> [ 'len' <length> | id <idx> ]";
  for (let index = rule.at; index < rule.at + 3; index++)
    if (/^(|if|unless)$/.test(rule.directive.at(index))) rule.fail(wanted, "missing-argument");
  const { expression } = rule.expression(response ? checkpoint.frontendResponse : checkpoint.frontendRequest);
  const word = rule.take();
  if (word === "") rule.fail(response ? "expects 'id'" : "expects 'len or 'id'", "missing-argument");
  if (word === "len" && !response) {
    if (!rule.proxy.frontend) rule.fail(`proxy '${rule.proxy.name}' has no frontend capability`);
    const length = leadingNumber(rule.take());
    if (length <= 0) rule.fail("length must be > 0");
    const slot = rule.proxy.requestCaptures.length;
    rule.proxy.requestCaptures.push({ name: undefined, length });
    return { action: "capture", expression, length, slot };
  }
  if (word !== "id") rule.fail(`expects ${response ? "'id'" : "'len' or 'id'"}, found '${word}'`);
  const text = rule.take();
  const slot = wholeNumber(text);
  if (slot === undefined) return rule.fail(`cannot parse id '${text}'`);
  const { proxy } = rule;
  rule.check = () =>
    proxy.frontend && slot >= proxy[response ? "responseCaptures" : "requestCaptures"].length
      ? `unable to find capture id '${slot}' referenced by ${response ? "http-response" : "http-request"} capture rule`
      : undefined;
  return { action: "capture", expression, length: undefined, slot };
};

export const setMap: Reader = (rule) => {
  const open = rule.name.indexOf("(");
  const kind = rule.name.slice(0, open < 0 ? undefined : open);
  const file = open < 0 ? "" : rule.name.slice(open + 1, rule.name.endsWith(")") ? -1 : undefined);
  if (kind === "set-map" && (rule.word === "" || rule.directive.at(rule.at + 1) === ""))
    rule.fail("expects exactly 2 arguments", "missing-argument");
  if (rule.word === "") rule.fail("expects exactly 1 arguments", "missing-argument");
  const key = rule.format();
  if (kind === "set-map") return { action: "set-map", file, key, value: rule.format() };
  return { action: kind as "add-acl" | "del-acl" | "del-map", file, key };
};

export const setTimeoutAction: Reader = (rule) => {
  if (rule.word === "" || rule.directive.at(rule.at + 1) === "")
    rule.fail("expects exactly 2 arguments", "missing-argument");
  if (!rule.proxy.backend) rule.fail(`proxy '${rule.proxy.name}' has no backend capability`);
  const timeout = rule.take();
  if (timeout !== "server" && timeout !== "tunnel")
    return rule.fail(`'set-timeout' rule supports 'server'/'tunnel' (got '${timeout}')`);
  const text = rule.word;
  const time = parseTime(text, "ms");
  if (typeof time === "number") {
    if (time === 0) rule.fail(`null value is not valid for a 'set-timeout ${timeout}' rule`);
    rule.at++;
    return { action: "set-timeout", timeout, value: time };
  }
  if (time.fault !== "character")
    return rule.fail(
      `timer overflow in argument '${text}' to rule 'set-timeout ${timeout}' (maximum value is 2147483647 ms or ~24.8 days)`,
    );
  const parsed = within(
    () => `unexpected character '${time.char}' in rule 'set-timeout ${timeout}'`,
    () => expressionAt(rule.where, rule.at),
  );
  rule.at++;
  return { action: "set-timeout", timeout, value: parsed.expression };
};

export const waitForBody: Reader = (rule) => {
  const wanted = "expects time <time> [ at-least <bytes> ]";
  let timeMs: number | undefined;
  let atLeast: number | undefined;
  while (rule.word === "time" || rule.word === "at-least") {
    const word = rule.take();
    const value = rule.need(`missing argument for '${word}'`);
    if (word === "time") {
      const time = parseTime(value, "ms");
      if (typeof time !== "number")
        return rule.fail(
          time.fault === "character"
            ? `unexpected character '${time.char}'`
            : "time overflow (maximum value is 2147483647 ms or ~24.8 days)",
        );
      timeMs = time;
    } else {
      const size = parseSize(value);
      if (typeof size !== "number") return rule.fail(`unexpected character '${size.char}'`);
      atLeast = size;
    }
  }
  if (timeMs === undefined) return rule.fail(wanted, "missing-argument");
  return { action: "wait-for-body", timeMs, atLeast: atLeast || undefined };
};

export const cache =
  (action: "cache-use" | "cache-store"): Reader =>
  (rule) => {
    if (rule.ended) rule.fail("cache: missing cache name", "missing-argument");
    const name = rule.take();
    rule.proxy.cacheUses.push({ name, place: rule.directive.place(rule.at - 1) });
    return { action, cache: name };
  };
