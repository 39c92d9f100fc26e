import type { Expression } from "../../config/haproxy/model/index.js";
import { textOf } from "../samples/index.js";
import { assign, variablesOf } from "../variables/index.js";
import { type ActionMaker, number, type RuleOf, value } from "./action-maker.js";
import type { RuleSurroundings } from "./compile.js";
import { Outcome } from "./outcome.js";

const levels = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/** Actions of every set of rules. */
export const commonActions = {
  accept: () => () => Outcome.stop,
  allow: () => () => Outcome.stop,

  reject: (_: RuleOf<"reject">, { set }: RuleSurroundings) => {
    if (!set.startsWith("http")) return () => Outcome.deny;
    return ({ stream }) => {
      stream?.tally.denied();
      stream?.endsBy("P", "R");
      stream?.breakOff(true);
      return Outcome.abort;
    };
  },

  close: () => (context) => {
    if (context.stream !== undefined) context.stream.closesServer = true;
    return Outcome.stop;
  },

  "set-var": (rule: RuleOf<"set-var">, { process }: RuleSurroundings) => {
    const evaluate = process.compile.expression(rule.expression);
    return (context) => {
      const sample = evaluate(context);
      if (typeof sample === "symbol") return Outcome.next;
      if (sample !== undefined) assign(rule, sample, context, process);
      return Outcome.next;
    };
  },

  "set-var-fmt": (rule: RuleOf<"set-var-fmt">, { process }: RuleSurroundings) => {
    const render = process.compile.format(rule.format, "plain");
    return (context) => {
      assign(rule, { type: "str", value: render(context) }, context, process);
      return Outcome.next;
    };
  },

  "unset-var":
    (rule: RuleOf<"unset-var">, { process }: RuleSurroundings) =>
    (context) => {
      variablesOf(rule.scope, context, process)?.unset(rule.name);
      return Outcome.next;
    },

  capture: (rule: RuleOf<"capture">, { process, set, section }: RuleSurroundings) => {
    const evaluate = process.compile.expression(rule.expression);
    const { slot } = rule;
    const inAnswer = set === "http-response" || set === "http-after-response";
    return (context) => {
      const { stream } = context;
      const sample = value(evaluate, context);
      if (stream === undefined || slot === undefined || sample === undefined) return Outcome.next;
      const captures = inAnswer ? stream.responseCaptures : stream.requestCaptures;
      const slots = inAnswer ? stream.front.section.responseCaptures : stream.front.section.requestCaptures;
      const length = slots[slot]?.length ?? rule.length ?? section.requestCaptures[slot]?.length;
      if (slot >= slots.length && rule.length === undefined) return Outcome.next;
      captures[slot] = textOf(sample).slice(0, length);
      return Outcome.next;
    };
  },

  "set-log-level": (rule: RuleOf<"set-log-level">) => {
    const level = rule.value === "silent" ? -1 : levels.indexOf(rule.value);
    return ({ stream }) => {
      if (stream !== undefined) stream.logLevel = level;
      return Outcome.next;
    };
  },

  // Sockets' marks and priorities of threads aren't reachable from here: the manual says so.
  "set-mark": () => () => Outcome.next,
  "set-tos": () => () => Outcome.next,
  "set-nice": () => () => Outcome.next,

  "silent-drop":
    () =>
    ({ stream, session }) => {
      session.listener.counters.add("deniedRequests");
      session.frontend.front?.counters.add("deniedRequests");
      if (stream === undefined) return Outcome.abort;
      if (stream.assigned) stream.tally.back("deniedRequests");
      stream.endsBy("P", "R");
      stream.breakOff(true);
      return Outcome.abort;
    },

  "expect-proxy":
    () =>
    ({ session }) => {
      session.expectsProxy = true;
      return Outcome.next;
    },
  "expect-netscaler-cip": () => () => Outcome.next,

  "set-priority-class": priorityAction("priorityClass", 2047),
  "set-priority-offset": priorityAction("priorityOffset", 524287),

  "set-bandwidth-limit": (rule: RuleOf<"set-bandwidth-limit">, { process }: RuleSurroundings) => {
    const made = (from: Expression | number | undefined) =>
      from === undefined || typeof from === "number" ? from : process.compile.expression(from);
    const limit = made(rule.limit);
    const period = made(rule.period);
    return (context) => {
      const read = (from: typeof limit) => (typeof from === "function" ? number(from, context) : from);
      context.stream?.limits.set(rule.name, { limit: read(limit), periodMs: read(period) });
      return Outcome.next;
    };
  },

  "send-spoe-group": () => () => Outcome.next,

  "switch-mode":
    (rule: RuleOf<"switch-mode">) =>
    ({ stream, session }) => {
      if (stream === undefined) return Outcome.next;
      // `proto none` on the bind line: what is TCP stays TCP.
      if (session.listener.bind.proto === "none") return Outcome.error;
      stream.becomesHttp = rule.proto ?? "any";
      return Outcome.stop;
    },
} satisfies Record<string, ActionMaker>;

function priorityAction(which: "priorityClass" | "priorityOffset", limit: number): ActionMaker {
  return (rule: RuleOf<"set-priority-class">, { process }) => {
    const evaluate = process.compile.expression(rule.expression);
    return (context) => {
      const found = number(evaluate, context);
      if (found !== undefined && context.stream !== undefined)
        context.stream[which] = Math.max(-limit, Math.min(limit, found));
      return Outcome.next;
    };
  };
}
