import { createContext, runInContext } from "node:vm";
import { RE2JS } from "re2js";
import type { HttpUrl } from "../../config/keepalived/model/index.js";
import { rewritePattern } from "./perl-pattern.js";

type Regex = NonNullable<HttpUrl["regex"]>;

/** Milliseconds that JavaScript's engine has for an expression that the linear one can't do. */
const patience = 250;

/** Finds the first match at or behind a place: where it begins, or -1. */
type Search = (subject: string, from: number) => number;

const compiled = new WeakMap<Regex, Search | Error>();

/**
 * Whether an expression is found in a body where it may begin. A sentence if this one can't be run at all. Its time is
 * linear in the body's length, or bounded where only JavaScript's engine can do it; one that takes longer has found nothing,
 * as PCRE's does at its match limit.
 */
export function searchPattern(regex: Regex, body: Buffer): boolean | string {
  const search = compiledPattern(regex);
  if (search instanceof Error) return `regex '${regex.pattern}' can't be run: ${search.message}`;
  const { minimumOffset, maximumOffset, options } = regex;
  const subject = body.toString(options.includes("utf") ? "utf8" : "latin1");
  if (minimumOffset > subject.length) return false;
  const at = search(subject, minimumOffset);
  if (at < 0 || (maximumOffset !== undefined && at > maximumOffset)) return false;
  if (!options.includes("firstline")) return true;
  const lineEnd = subject.indexOf("\n");
  return lineEnd < 0 || at <= lineEnd;
}

/** Why an expression can't be run; undefined if it can. */
export function patternProblem(regex: Regex): string | undefined {
  const search = compiledPattern(regex);
  return search instanceof Error ? search.message : undefined;
}

function compiledPattern(regex: Regex): Search | Error {
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

function compile({ pattern, options }: Regex): Search {
  // Letters at the very beginning count for all of it, and both engines have them as flags.
  const letters = /^\(\?([imsx]+)\)/.exec(pattern);
  const has = (option: string, letter: string) =>
    options.includes(option) || (letters?.[1]?.includes(letter) ?? false);
  const caseless = has("caseless", "i");
  const multiline = has("multiline", "m");
  const dotAll = has("dotall", "s");
  const { linear, backtracking } = rewritePattern(pattern.slice(letters?.[0].length ?? 0), {
    multiline,
    dotAll,
    extended: has("extended", "x"),
    dollarEndOnly: options.includes("dollar_endonly"),
    allowEmptyClass: options.includes("allow_empty_class"),
  });
  const search = linear === undefined ? undefined : linearSearch(linear, { caseless, multiline, dotAll });
  if (search) return search;
  if (backtracking === undefined) throw new Error("neither of two engines has all that it uses");
  return backtrackingSearch(backtracking, caseless, options.includes("utf"));
}

function linearSearch(
  source: string,
  { caseless, multiline, dotAll }: { caseless: boolean; multiline: boolean; dotAll: boolean },
): Search | undefined {
  const flags =
    (caseless ? RE2JS.CASE_INSENSITIVE : 0) | (multiline ? RE2JS.MULTILINE : 0) | (dotAll ? RE2JS.DOTALL : 0);
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(source, flags);
  } catch {
    return undefined;
  }
  return (subject, from) => {
    const matcher = pattern.matcher(subject);
    return matcher.find(from) ? matcher.start() : -1;
  };
}

function backtrackingSearch(source: string, caseless: boolean, utf: boolean): Search {
  const flags = `g${caseless ? "i" : ""}`;
  const usable = utf && compiles(source, `${flags}u`) ? `${flags}u` : flags;
  new RegExp(source, usable); // throws what is wrong with it
  const context = createContext({ source, flags: usable, subject: "", from: 0 });
  return (subject, from) => {
    Object.assign(context, { subject, from });
    try {
      const script =
        "{ const e = new RegExp(source, flags); e.lastIndex = from; e.exec(subject)?.index ?? -1 }";
      return runInContext(script, context, { timeout: patience }) as number;
    } catch {
      return -1;
    } finally {
      context["subject"] = "";
    }
  };
}

function compiles(source: string, flags: string): boolean {
  try {
    new RegExp(source, flags);
    return true;
  } catch {
    return false;
  }
}
