import { replyWords } from "../reply.js";
import { RuleContext } from "../rule-context.js";
import type { Reader } from "./reader.js";

export const deny =
  (action: "deny" | "tarpit"): Reader =>
  (rule) => {
    const status = rule.set === "http-response" ? 502 : action === "tarpit" ? 500 : 403;
    if (rule.ended)
      return {
        action,
        reply: { status: undefined, contentType: undefined, body: { kind: "default" }, headers: [] },
      };
    if (rule.word === "deny_status") {
      const after = rule.directive.at(rule.at + 2);
      const words = rule.directive.words.map((word, index) =>
        index === rule.at ? { ...word, text: "status" } : word,
      );
      const alone = /^(|if|unless)$/.test(after);
      const column = rule.directive.column(rule.at + 2);
      const inner = alone
        ? [...words.slice(0, rule.at + 2), { text: "default-errorfiles", column }, { text: "", column }]
        : words;
      const context = new RuleContext(rule.directive.with(inner), rule.proxy, rule.set, rule.action, rule.at);
      const reply = replyWords(context, status);
      rule.at = alone ? rule.at + 2 : context.at;
      return { action, reply };
    }
    return { action, reply: replyWords(rule, status) };
  };
