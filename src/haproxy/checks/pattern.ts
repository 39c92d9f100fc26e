import { compileRegex } from "../../regex/index.js";

/** Matches anywhere in a text, as all regular expressions of HAProxy. */
export function pattern(source: string): (text: string) => boolean {
  const compiled = compileRegex(source);
  return (text) => compiled.test(text);
}
