import { compileRegex } from "../../../regex/index.js";
import { Mistake } from "../grammar/mistake.js";

/** Refuses a regular expression that can't be used. */
export function checkRegex(pattern: string, ignoreCase: boolean): void {
  try {
    compileRegex(pattern, { ignoreCase });
  } catch (error) {
    throw new Mistake(`regex '${pattern}' is invalid (error=${(error as Error).message})`, {
      code: "invalid-regex",
      remedy: "It is to be one of Perl's, without atomic groups, possessive quantifiers and recursion.",
    });
  }
}
