import type { Place } from "../../config/finding.js";
import { at, Mistake } from "../../config/nginx/mistake.js";
import { type CompiledRegex, compileRegex, type MatchedGroups } from "../../regex/index.js";
import { capturedGroup } from "../script/capture.js";
import type { Registry } from "./registry.js";
import type { Subject } from "./subject.js";

/** An expression of the configuration, whose groups are there for texts after it matched: `$1`, and `$name` of `(?<name>…)`. */
export interface Expression<S extends Subject> {
  /** As it is written. */
  readonly source: string;
  /** Looks for it in a text. What was captured before stays where it doesn't match. */
  match(subject: S, text: string): boolean;
}

const nothing: MatchedGroups = [];

/**
 * Compiles an expression (ngx_http_regex_compile), whose named groups become variables.
 * @throws Mistake with its place: what is wrong with it, or what can't be done
 */
export function compileExpression<S extends Subject>(
  source: string,
  options: { readonly ignoreCase: boolean; readonly place: Place },
  registry: Registry<S>,
): Expression<S> {
  return at(options.place, () => {
    const regex = compiled(source, options.ignoreCase);
    const named = [...regex.names].map(([name, group]) => ({
      group,
      number: registry.defineByCapture(name, options.place),
    }));
    if (regex.groups === 0)
      return {
        source,
        match(subject, text) {
          if (!regex.test(text)) return false;
          subject.captured = { text, groups: nothing };
          return true;
        },
      };
    return {
      source,
      match(subject, text) {
        const groups = regex.exec(text, 0);
        if (groups === undefined) return false;
        const captured = { text, groups };
        subject.captured = captured;
        for (const { group, number } of named) subject.known[number] = capturedGroup(captured, group);
        return true;
      },
    };
  });
}

function compiled(source: string, ignoreCase: boolean): CompiledRegex {
  try {
    return compileRegex(source, { ignoreCase });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Mistake(`pcre2_compile() failed: ${reason} in "${source}"`, { code: "invalid-regex" });
  }
}
