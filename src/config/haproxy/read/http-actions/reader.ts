import type { HttpAction } from "../../model/rule.js";
import type { RuleContext } from "../rule-context.js";

/** Reads an action's words, from behind its name on. */
export type Reader = (rule: RuleContext) => HttpAction;
