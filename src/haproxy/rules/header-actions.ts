import type { LogFormat } from "../../config/haproxy/model/index.js";
import type { Headers } from "../../proxy/index.js";
import { compileRegex } from "../../regex/index.js";
import type { HttpStream } from "../stream/http/http-stream.js";
import type { ActionMaker, RuleOf } from "./action-maker.js";
import type { RuleSurroundings } from "./compile.js";
import { mapListValues } from "./header-list.js";
import { Outcome } from "./outcome.js";
import { replaced } from "./replace.js";
import type { RuleContext } from "./rule.js";
import { replaceAuthority } from "./uri.js";

/** What a block of HTX takes beside its text. */
const blockSize = 8;

/** Actions on header fields. */
export const headerActions = {
  "set-header": (rule: RuleOf<"set-header">, surroundings: RuleSurroundings) =>
    adding(rule, surroundings, true),
  "add-header": (rule: RuleOf<"add-header">, surroundings: RuleSurroundings) =>
    adding(rule, surroundings, false),

  "del-header": (rule: RuleOf<"del-header">, { set }) => {
    const inRequest = set === "http-request";
    const name = rule.method === "reg" ? rule.name : rule.name.toLowerCase();
    const regex = rule.method === "reg" ? compileRegex(name, { ignoreCase: true }) : undefined;
    return (context) => {
      const { headers } = messageOf(context, inRequest);
      switch (rule.method) {
        case "str":
          headers.remove(name);
          break;
        case "beg":
          removeWhere(headers, (each) => each.startsWith(name));
          break;
        case "end":
          removeWhere(headers, (each) => each.endsWith(name));
          break;
        case "sub":
          removeWhere(headers, (each) => each.includes(name));
          break;
        default:
          removeWhere(headers, (each) => regex?.test(each) ?? false);
      }
      return Outcome.next;
    };
  },

  "replace-header": (rule: RuleOf<"replace-header">, surroundings: RuleSurroundings) =>
    replacing(rule, surroundings, (field, change) => change(field)),
  "replace-value": (rule: RuleOf<"replace-value">, surroundings: RuleSurroundings) =>
    replacing(rule, surroundings, mapListValues),
} satisfies Record<string, ActionMaker>;

function messageOf(context: RuleContext, inRequest: boolean): { headers: Headers } {
  const stream = context.stream as HttpStream;
  return inRequest ? stream.request : (stream.response as { headers: Headers });
}

function removeWhere(headers: Headers, wanted: (name: string) => boolean): void {
  for (let at = headers.length - 1; at >= 0; at--)
    if (wanted(headers.names[at] as string)) headers.removeAt(at);
}

function adding(
  rule: { readonly name: string; readonly format: LogFormat },
  { process, set }: RuleSurroundings,
  alone: boolean,
) {
  const render = process.compile.format(rule.format);
  const name = rule.name.toLowerCase();
  const inRequest = set === "http-request";
  return (context: RuleContext): Outcome => {
    const stream = context.stream as HttpStream;
    const text = render(context);
    const { headers } = messageOf(context, inRequest);
    if (alone && headers.has(name)) {
      for (const each of headers.all(name))
        stream.room.give(inRequest, name.length + each.length + blockSize);
      headers.remove(name);
    }
    if (!stream.room.take(inRequest, name.length + text.length + blockSize)) return stream.room.failed();
    headers.add(name, text);
    if (inRequest && name === "host") {
      const { request } = stream;
      request.target = replaceAuthority(request.target, text);
      if (request.authority !== undefined) request.authority = text;
    }
    return Outcome.next;
  };
}

function replacing(
  rule: { readonly name: string; readonly regex: string; readonly format: LogFormat },
  { process, set }: RuleSurroundings,
  over: (field: string, change: (value: string) => string) => string,
) {
  const render = process.compile.format(rule.format);
  const regex = compileRegex(rule.regex, {});
  const name = rule.name.toLowerCase();
  const inRequest = set === "http-request";
  return (context: RuleContext): Outcome => {
    const stream = context.stream as HttpStream;
    const { headers } = messageOf(context, inRequest);
    let template: string | undefined;
    for (let at = 0; at < headers.length; at++) {
      if (headers.names[at] !== name) continue;
      const field = headers.values[at] as string;
      const changed = over(
        field,
        (value) => replaced(regex, value, () => (template ??= render(context))) ?? value,
      );
      if (changed === field) continue;
      if (!stream.room.take(inRequest, changed.length - field.length)) return stream.room.failed();
      headers.values[at] = changed;
    }
    return Outcome.next;
  };
}
