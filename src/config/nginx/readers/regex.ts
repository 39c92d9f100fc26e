import { compileRegex } from "../../../regex/index.js";
import { Mistake } from "../mistake.js";
import type { Word } from "../statement.js";

/** Throws if an expression can't be done. nginx names PCRE's reason and the place within, we ours. */
export function checkRegex(pattern: string, word: Word, ignoreCase = false): void {
  try {
    compileRegex(pattern, { ignoreCase });
  } catch (error) {
    throw new Mistake(`pcre2_compile() failed: ${(error as Error).message} in "${pattern}"`, {
      code: "invalid-regex",
      word,
    });
  }
}
