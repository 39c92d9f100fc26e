import { createRequire } from "node:module";
import { createContext, runInContext } from "node:vm";
import { rewritePattern } from "./perl-pattern.js";
import { isSimple } from "./simple-pattern.js";

type Linear = typeof import("re2js").RE2JS;

let loaded: Linear | undefined;

/** RE2's port, loaded when the first expression needs it: many commands know of expressions, few have one. */
function linearEngine(): Linear {
  loaded ??= (createRequire(import.meta.url)("re2js") as typeof import("re2js")).RE2JS;
  return loaded;
}

/** Milliseconds that JavaScript's engine has for one look with an expression that the linear one can't do. */
const patience = 100;

/** Where a match and each of its groups begin and end; undefined of a group that took no part. */
export type MatchedGroups = readonly (readonly [number, number] | undefined)[];

/**
 * An expression of Perl's kind, compiled. Its time is linear in the subject's length; where only JavaScript's engine can do it (back
 * references, look-around) the time is bounded, and one that takes longer has found nothing,
 * as at PCRE's match limit. Subjects are latin1, where one character is one byte, unless `utf` is said.
 */
export interface CompiledRegex {
  /** "linear": RE2; "simple": JavaScript's, of a form that can't take long; "bounded": JavaScript's, with a time limit. */
  readonly engine: "linear" | "simple" | "bounded";
  /** How many groups take what they match, and the numbers of those with names, from 1. */
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
  test(subject: string): boolean;
  /** The first match at or behind a place. */
  exec(subject: string, from: number): MatchedGroups | undefined;
}

/** What Perl's letters at the very beginning, `(?imsx)`, say too; and what only PCRE has. */
export interface RegexOptions {
  readonly ignoreCase?: boolean;
  readonly multiline?: boolean;
  readonly dotAll?: boolean;
  readonly extended?: boolean;
  /** PCRE_DOLLAR_ENDONLY: `$` doesn't match before a newline at the end. */
  readonly dollarEndOnly?: boolean;
  /** PCRE_JAVASCRIPT_COMPAT: `[]` is an empty class. */
  readonly allowEmptyClass?: boolean;
  /** Subjects are text, not bytes. */
  readonly utf?: boolean;
}

/** @throws Error that says what is wrong with it, or what can't be done. */
export function compileRegex(pattern: string, options: RegexOptions = {}): CompiledRegex {
  const letters = /^\(\?([imsx]+)\)/.exec(pattern);
  const has = (letter: string) => letters?.[1]?.includes(letter) === true;
  const caseless = options.ignoreCase === true || has("i");
  const multiline = options.multiline === true || has("m");
  const dotAll = options.dotAll === true || has("s");
  const { linear, backtracking, groups, names } = rewritePattern(pattern.slice(letters?.[0].length ?? 0), {
    multiline,
    dotAll,
    extended: options.extended === true || has("x"),
    dollarEndOnly: options.dollarEndOnly === true,
    allowEmptyClass: options.allowEmptyClass === true,
  });
  const flags = `dg${caseless ? "i" : ""}`;
  const text = options.utf === true;
  if (!text && backtracking !== undefined && isSimple(backtracking) && compiles(backtracking, flags))
    return { ...native(backtracking, caseless), groups, names };
  const re2 = linear === undefined ? undefined : linearRegex(linear, caseless, multiline, dotAll);
  if (re2) return { ...re2, groups, names };
  if (backtracking === undefined) throw new Error("neither of two engines has all that it uses");
  const all = text && compiles(backtracking, `${flags}u`) ? `${flags}u` : flags;
  return { ...bounded(backtracking, all), groups, names };
}

type Engine = Omit<CompiledRegex, "groups" | "names">;

/** JavaScript folds Latin-1 letters too where case is ignored; PCRE without a locale only ASCII ones: such subjects are rare, and told in the manual. */
function native(source: string, caseless: boolean): Engine {
  const tester = new RegExp(source, caseless ? "i" : "");
  const finder = new RegExp(source, `dg${caseless ? "i" : ""}`);
  return {
    engine: "simple",
    test: (subject) => tester.test(subject),
    exec(subject, from) {
      finder.lastIndex = from;
      return finder.exec(subject)?.indices;
    },
  };
}

function linearRegex(
  source: string,
  caseless: boolean,
  multiline: boolean,
  dotAll: boolean,
): Engine | undefined {
  const RE2JS = linearEngine();
  const flags =
    (caseless ? RE2JS.CASE_INSENSITIVE : 0) | (multiline ? RE2JS.MULTILINE : 0) | (dotAll ? RE2JS.DOTALL : 0);
  let pattern: ReturnType<Linear["compile"]>;
  try {
    pattern = RE2JS.compile(source, flags);
  } catch {
    return undefined;
  }
  return {
    engine: "linear",
    test: (subject) => pattern.matcher(subject).find(),
    exec(subject, from) {
      const matcher = pattern.matcher(subject);
      if (!matcher.find(from)) return undefined;
      return Array.from({ length: matcher.groupCount() + 1 }, (_, group) =>
        matcher.start(group) < 0 ? undefined : ([matcher.start(group), matcher.end(group)] as const),
      );
    },
  };
}

function bounded(source: string, flags: string): Engine {
  new RegExp(source, flags); // throws what is wrong with it
  const context = createContext({ source, flags, subject: "", from: 0 });
  const script = "{ const e = new RegExp(source, flags); e.lastIndex = from; e.exec(subject)?.indices }";
  const exec = (subject: string, from: number): MatchedGroups | undefined => {
    Object.assign(context, { subject, from });
    try {
      return runInContext(script, context, { timeout: patience }) as MatchedGroups | undefined;
    } catch {
      return undefined;
    } finally {
      context["subject"] = "";
    }
  };
  return { engine: "bounded", test: (subject) => exec(subject, 0) !== undefined, exec };
}

function compiles(source: string, flags: string): boolean {
  try {
    new RegExp(source, flags);
    return true;
  } catch {
    return false;
  }
}
