import { later } from "../run/index.js";
import { countTrackedRequest, track } from "../tables/index.js";
import { type ActionMaker, number, type RuleOf } from "./action-maker.js";
import type { RuleSurroundings } from "./compile.js";
import { Outcome } from "./outcome.js";
import type { RuleContext } from "./rule.js";

/** Actions on entries of stick tables. */
export const trackActions = {
  "track-sc": (rule: RuleOf<"track-sc">, { process, proxy, set }: RuleSurroundings) => {
    const key = process.compile.expression(rule.key);
    const { slot } = rule;
    const named = rule.table ?? proxy.name;
    const content = set !== "tcp-connection" && set !== "tcp-session";
    const http = set.startsWith("http");
    return (context) => {
      const { stream, session } = context;
      if (session.tracked[slot] !== undefined || stream?.tracked[slot] !== undefined) return Outcome.next;
      const table = process.tables.get(named);
      const sample = key(context);
      if (sample === later && !context.final) return Outcome.wait; // the key may come with more bytes
      if (table === undefined || sample === undefined || sample === later) return Outcome.next;
      const tracked = track(table, sample, {
        content,
        backend: stream !== undefined && stream.backend !== stream.frontend,
      });
      if (tracked === undefined) return Outcome.next;
      (content && stream !== undefined ? stream : session).tracked[slot] = tracked;
      if (http) countTrackedRequest(tracked, set === "http-response" ? stream?.http?.status : undefined);
      return Outcome.next;
    };
  },

  "sc-inc-gpc": (rule: RuleOf<"sc-inc-gpc">) => {
    const { slot, index } = rule;
    const name = rule.array ? "gpc" : `gpc${index}`;
    const rate = rule.array ? "gpc_rate" : `gpc${index}_rate`;
    const element = rule.array ? index : undefined;
    return (context) => {
      const entry = tracked(context, slot)?.entry;
      entry?.add(name, 1, element);
      entry?.add(rate, 1, element);
      return Outcome.next;
    };
  },

  "sc-set-gpt": (rule: RuleOf<"sc-set-gpt">, { process }: RuleSurroundings) => {
    const { slot, index } = rule;
    const name = rule.array ? "gpt" : `gpt${index}`;
    const evaluate = typeof rule.value === "number" ? undefined : process.compile.expression(rule.value);
    return (context) => {
      const entry = tracked(context, slot)?.entry;
      if (entry === undefined) return Outcome.next;
      const made = evaluate === undefined ? (rule.value as number) : number(evaluate, context);
      if (made !== undefined) entry.set(name, made >>> 0, rule.array ? index : undefined);
      return Outcome.next;
    };
  },
} satisfies Record<string, ActionMaker>;

/** What a slot tracks: of the stream, else of its session. */
export function tracked(context: RuleContext, slot: number) {
  return context.stream?.trackedEntry(slot) ?? context.session.tracked[slot];
}
