import type { HttpAction } from "../../model/rule.js";
import { commonActions } from "../common-actions.js";
import { replyWords } from "../reply.js";
import { deleteHeader, header, replaceHeader, replaceUri, requestLine, setStatus } from "./change-message.js";
import { deny } from "./deny.js";
import { normalize } from "./normalize.js";
import { cache, capture, setMap, setTimeoutAction, waitForBody } from "./others.js";
import type { Reader } from "./reader.js";
import { redirectWords } from "./redirect.js";

/** Actions of HTTP rules; which set knows which is in keywords/actions.ts. */
export const httpActions: Readonly<Record<string, Reader>> = {
  ...commonActions,
  "set-header": header("set-header"),
  "add-header": header("add-header"),
  "early-hint": header("early-hint"),
  "del-header": deleteHeader,
  "replace-header": replaceHeader("replace-header"),
  "replace-value": replaceHeader("replace-value"),
  "replace-uri": replaceUri("replace-uri"),
  "replace-path": replaceUri("replace-path"),
  "replace-pathq": replaceUri("replace-pathq"),
  "set-method": requestLine("set-method"),
  "set-uri": requestLine("set-uri"),
  "set-path": requestLine("set-path"),
  "set-pathq": requestLine("set-pathq"),
  "set-query": requestLine("set-query"),
  "normalize-uri": normalize,
  "set-status": setStatus,
  "strict-mode": (rule) => {
    const word = rule.need("expects exactly 1 arguments");
    if (!/^(on|off)$/i.test(word)) rule.fail(`Unexpected value '${word}'. Only 'on' and 'off' are supported`);
    return { action: "strict-mode", on: word.toLowerCase() === "on" };
  },
  "set-timeout": setTimeoutAction,
  deny: deny("deny"),
  tarpit: deny("tarpit"),
  return: (rule) => ({ action: "return", reply: replyWords(rule, 200) }),
  auth: (rule) => {
    if (rule.word !== "realm") return { action: "auth", realm: undefined };
    rule.at++;
    return { action: "auth", realm: rule.need("missing realm value.") };
  },
  redirect: (rule) => redirectWords(rule, rule.set !== "http-request", false),
  "wait-for-body": waitForBody,
  "wait-for-handshake": () => ({ action: "wait-for-handshake" }),
  "disable-l7-retry": () => ({ action: "disable-l7-retry" }),
  "cache-use": cache("cache-use"),
  "cache-store": cache("cache-store"),
  "add-acl": setMap,
  "del-acl": setMap,
  "del-map": setMap,
  "set-map": setMap,
  capture,
};

/** Whether nothing after an action is looked at (ACT_FLAG_FINAL). */
export const isFinal = (action: HttpAction): boolean =>
  ["allow", "accept", "deny", "tarpit", "return", "auth"].includes(action.action) ||
  (action.action === "redirect" && !action.ignoreEmpty);

export { redirectWords } from "./redirect.js";
