import type { HttpUrl } from "../../config/keepalived/model/index.js";
import { type CompiledRegex, compileRegex } from "../../regex/index.js";

type Regex = NonNullable<HttpUrl["regex"]>;

const compiled = new WeakMap<Regex, CompiledRegex | Error>();

/**
 * Whether an expression is found in a body where it may begin. A sentence if this one can't be run at all. Its time is
 * linear in the body's length, or bounded (see regex/).
 */
export function searchPattern(regex: Regex, body: Buffer): boolean | string {
  const search = compiledPattern(regex);
  if (search instanceof Error) return `regex '${regex.pattern}' can't be run: ${search.message}`;
  const { minimumOffset, maximumOffset, options } = regex;
  const subject = body.toString(options.includes("utf") ? "utf8" : "latin1");
  if (minimumOffset > subject.length) return false;
  const at = search.exec(subject, minimumOffset)?.[0]?.[0];
  if (at === undefined || (maximumOffset !== undefined && at > maximumOffset)) return false;
  if (!options.includes("firstline")) return true;
  const lineEnd = subject.indexOf("\n");
  return lineEnd < 0 || at <= lineEnd;
}

/** Why an expression can't be run; undefined if it can. */
export function patternProblem(regex: Regex): string | undefined {
  const search = compiledPattern(regex);
  return search instanceof Error ? search.message : undefined;
}

function compiledPattern(regex: Regex): CompiledRegex | Error {
  let search = compiled.get(regex);
  if (search === undefined) {
    try {
      search = compile(regex);
    } catch (error) {
      search = error as Error;
    }
    compiled.set(regex, search);
  }
  return search;
}

function compile({ pattern, options }: Regex): CompiledRegex {
  return compileRegex(pattern, {
    ignoreCase: options.includes("caseless"),
    multiline: options.includes("multiline"),
    dotAll: options.includes("dotall"),
    extended: options.includes("extended"),
    dollarEndOnly: options.includes("dollar_endonly"),
    allowEmptyClass: options.includes("allow_empty_class"),
    utf: options.includes("utf"),
  });
}
