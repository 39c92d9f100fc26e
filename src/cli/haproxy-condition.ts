import { Mistake } from "../config/haproxy/grammar/mistake.js";
import { evaluateCondition } from "../config/haproxy/grammar/predicates.js";
import { splitLine } from "../config/haproxy/grammar/split-line.js";
import type { Messages } from "../daemon/haproxy/messages.js";

/** -cc: 0 where it holds, 1 where it doesn't, 2 where it can't be understood. */
export function conditionHolds(text: string, messages: Messages): number {
  const { words, fault } = splitLine(text, (name) => process.env[name]);
  if (fault !== undefined) {
    messages.alert(
      fault.kind === "quote"
        ? "Syntax Error in condition: Unmatched quote."
        : fault.kind === "hexadecimal"
          ? "Syntax Error in condition: Truncated or invalid hexadecimal sequence."
          : "Syntax Error in condition: Wrong environment variable or word.",
    );
    return 2;
  }
  try {
    return evaluateCondition(words.map((word) => word.text).join(" "), process.env) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    messages.alert(`Failed to evaluate condition: ${error.message}`);
    return 2;
  }
}
