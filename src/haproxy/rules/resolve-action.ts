import { textOf } from "../samples/index.js";
import { variablesOf } from "../variables/index.js";
import { type ActionMaker, type RuleOf, value } from "./action-maker.js";
import type { RuleSurroundings } from "./compile.js";
import { Outcome } from "./outcome.js";
import type { RuleContext } from "./rule.js";

/** `do-resolve`: the rules wait until a name's address is known. */
export const resolveAction = {
  "do-resolve": (rule: RuleOf<"do-resolve">, { process }: RuleSurroundings) => {
    const evaluate = process.compile.expression(rule.expression);
    const keep = (address: string | undefined, context: RuleContext) => {
      if (address === undefined) return;
      const type = address.includes(":") ? "ipv6" : "ipv4";
      variablesOf(rule.scope, context, process)?.set(rule.name, { type, value: address });
    };
    return (context) => {
      const { stream } = context;
      if (stream === undefined) return Outcome.next;
      const waiting = stream.resolving;
      if (waiting !== undefined && !context.first) {
        if (!waiting.done) return Outcome.wait;
        stream.resolving = undefined;
        keep(waiting.address, context);
        return Outcome.next;
      }
      const sample = value(evaluate, context);
      const resolvers = process.resolvers?.get(rule.resolvers);
      if (sample === undefined || resolvers === undefined) return Outcome.next;
      const state: { done: boolean; address: string | undefined } = { done: false, address: undefined };
      stream.resolving = state;
      let returned = false;
      resolvers.resolve(textOf(sample).toLowerCase(), rule.preference, (address) => {
        state.done = true;
        state.address = address;
        if (returned) stream.advance();
      });
      returned = true;
      if (!state.done) return Outcome.wait;
      stream.resolving = undefined;
      keep(state.address, context);
      return Outcome.next;
    };
  },
} satisfies Record<string, ActionMaker>;
