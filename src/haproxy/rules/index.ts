export { compileRules, type RuleSet } from "./compile.js";
export { normalizeUri } from "./normalize-uri.js";
export { Outcome } from "./outcome.js";
export { type Rule, RuleContext, runRules, undecided } from "./rule.js";
