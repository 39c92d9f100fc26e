import type { ActionMaker, RuleOf } from "./action-maker.js";
import { Outcome } from "./outcome.js";

/** Actions that edit maps and ACLs' lists. */
export const mapActions = {
  "add-acl": (rule: RuleOf<"add-acl">, { process }) => {
    const key = process.compile.format(rule.key);
    return (context) => {
      const reference = process.patterns.find(rule.file);
      if (reference === undefined) return Outcome.next;
      const text = key(context);
      for (const entry of reference.entries()) if (entry.key === text) return Outcome.next;
      reference.add(text, undefined);
      return Outcome.next;
    };
  },

  "del-acl": (rule: RuleOf<"del-acl">, { process }) => {
    const key = process.compile.format(rule.key);
    return (context) => {
      process.patterns.find(rule.file)?.remove(key(context));
      return Outcome.next;
    };
  },

  "del-map": (rule: RuleOf<"del-map">, { process }) => {
    const key = process.compile.format(rule.key);
    return (context) => {
      process.patterns.find(rule.file)?.remove(key(context));
      return Outcome.next;
    };
  },

  "set-map": (rule: RuleOf<"set-map">, { process }) => {
    const key = process.compile.format(rule.key);
    const value = process.compile.format(rule.value);
    return (context) => {
      const reference = process.patterns.find(rule.file);
      if (reference === undefined) return Outcome.next;
      const name = key(context);
      const text = value(context);
      if (reference.set(name, text) !== undefined) reference.add(name, text);
      return Outcome.next;
    };
  },
} satisfies Record<string, ActionMaker>;
