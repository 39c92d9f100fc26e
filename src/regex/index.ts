export { type PatternFlags, type RewrittenPattern, rewritePattern } from "./perl-pattern.js";
export { type CompiledRegex, compileRegex, type MatchedGroups } from "./regex.js";
