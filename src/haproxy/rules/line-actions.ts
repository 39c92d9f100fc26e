import type { LogFormat } from "../../config/haproxy/model/index.js";
import { compileRegex } from "../../regex/index.js";
import type { HttpStream } from "../stream/http/http-stream.js";
import { reasonOf } from "../stream/http/messages.js";
import type { ActionMaker, RuleOf } from "./action-maker.js";
import type { RuleSurroundings } from "./compile.js";
import { normalizeUri } from "./normalize-uri.js";
import { Outcome } from "./outcome.js";
import { replaced } from "./replace.js";
import type { RuleContext } from "./rule.js";
import { authorityOf, pathAndQuery, pathOnly, replacePath, replaceQuery } from "./uri.js";

/** Actions on the request line and the status line. */
export const lineActions = {
  "set-method": (rule: RuleOf<"set-method">, surroundings: RuleSurroundings) =>
    setting(rule, surroundings, (stream, text) => {
      // The client's own stays with its exchange: by it an answer has a body or none.
      stream.request = { ...stream.request, method: text };
    }),
  "set-uri": (rule: RuleOf<"set-uri">, surroundings: RuleSurroundings) =>
    setting(rule, surroundings, (stream, text) => setTarget(stream, text)),
  "set-path": (rule: RuleOf<"set-path">, surroundings: RuleSurroundings) =>
    setting(rule, surroundings, ({ request }, text) => {
      request.target = replacePath(request.target, text, false);
    }),
  "set-pathq": (rule: RuleOf<"set-pathq">, surroundings: RuleSurroundings) =>
    setting(rule, surroundings, ({ request }, text) => {
      request.target = replacePath(request.target, text, true);
    }),
  "set-query": (rule: RuleOf<"set-query">, surroundings: RuleSurroundings) =>
    setting(rule, surroundings, ({ request }, text) => {
      request.target = replaceQuery(request.target, text);
    }),

  "replace-uri": (rule: RuleOf<"replace-uri">, surroundings: RuleSurroundings) =>
    replacing(
      rule,
      surroundings,
      (target) => target,
      (stream, text) => setTarget(stream, text),
    ),
  "replace-path": (rule: RuleOf<"replace-path">, surroundings: RuleSurroundings) =>
    replacing(rule, surroundings, pathOnly, ({ request }, text) => {
      request.target = replacePath(request.target, text, false);
    }),
  "replace-pathq": (rule: RuleOf<"replace-pathq">, surroundings: RuleSurroundings) =>
    replacing(rule, surroundings, pathAndQuery, ({ request }, text) => {
      request.target = replacePath(request.target, text, true);
    }),

  "normalize-uri":
    (rule: RuleOf<"normalize-uri">) =>
    ({ stream }) => {
      const { request } = stream as HttpStream;
      const made = normalizeUri(request.target, rule.normalizer, rule.option);
      if (made === undefined) return Outcome.invalid;
      request.target = made;
      return Outcome.next;
    },

  "set-status": (rule: RuleOf<"set-status">) => {
    const reason = rule.reason ?? reasonOf(rule.status);
    return ({ stream }) => {
      const http = stream as HttpStream;
      const { response } = http;
      if (response === undefined) return Outcome.next;
      response.status = rule.status;
      response.reason = reason;
      http.status = rule.status;
      return Outcome.next;
    };
  },
} satisfies Record<string, ActionMaker>;

/** A target in absolute or authority form says anew who is meant: Host follows it. */
function setTarget(stream: HttpStream, target: string): void {
  const { request } = stream;
  request.target = target;
  const authority = authorityOf(target);
  if (authority === undefined || authority === "") return;
  for (let at = 0; at < request.headers.length; at++)
    if (request.headers.names[at] === "host") request.headers.values[at] = authority;
  if (request.authority !== undefined) request.authority = authority;
}

function setting(
  rule: { readonly format: LogFormat },
  { process }: RuleSurroundings,
  set: (stream: HttpStream, text: string) => void,
) {
  const render = process.compile.format(rule.format);
  return (context: RuleContext): Outcome => {
    const stream = context.stream as HttpStream;
    const text = render(context);
    if (!stream.room.take(true, text.length)) return stream.room.failed();
    set(stream, text);
    return Outcome.next;
  };
}

function replacing(
  rule: { readonly regex: string; readonly format: LogFormat },
  { process }: RuleSurroundings,
  part: (target: string) => string | undefined,
  set: (stream: HttpStream, text: string) => void,
) {
  const render = process.compile.format(rule.format);
  const regex = compileRegex(rule.regex, {});
  return (context: RuleContext): Outcome => {
    const stream = context.stream as HttpStream;
    const text = part(stream.request.target);
    if (text === undefined || text === "") return Outcome.next;
    const made = replaced(regex, text, () => render(context));
    if (made !== undefined) set(stream, made);
    return Outcome.next;
  };
}
