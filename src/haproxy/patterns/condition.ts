import type { AclTerm, Condition, Expression } from "../../config/haproxy/model/index.js";
import type { Acls, SampleContext, Test } from "../run/index.js";
import type { CompiledExpression } from "../samples/compile.js";
import type { Environment } from "../samples/registry.js";
import { predefined } from "./predefined.js";
import { type PatternStore, usable } from "./store.js";
import { groupTest } from "./user-group.js";

/** What a test says: no, not known yet, yes. Together they are compared as numbers: the least of what has to hold, the most of alternatives. */
type Verdict = 0 | 1 | 3;
type TermTest = (context: SampleContext) => Verdict;

export function compileCondition(
  condition: Condition | undefined,
  acls: Acls,
  compile: (expression: Expression) => CompiledExpression,
  environment: Environment,
): Test {
  if (condition === undefined) return () => true;
  const alternatives = condition.alternatives.map((terms) =>
    terms.map(({ negated, name, terms: own }) => {
      const found = own.length > 0 ? own : (acls.get(name) ?? predefined(name, condition.place));
      const tests = found.map((term) => termTest(term, compile, environment));
      return { negated, test: tests.length === 1 ? (tests[0] as TermTest) : any(tests) };
    }),
  );
  const { unless } = condition;
  return (context) => {
    let verdict: Verdict = 0;
    for (const terms of alternatives) {
      let all: Verdict = 3;
      for (const { negated, test } of terms) {
        const one = test(context);
        all = negated && one !== 1 ? (one === 3 ? 0 : 3) : one;
        if (all !== 3) break;
      }
      if (all > verdict) verdict = all;
      if (verdict === 3) break;
    }
    return verdict === 1 ? undefined : (verdict === 3) !== unless;
  };
}

function any(tests: readonly TermTest[]): TermTest {
  return (context) => {
    let verdict: Verdict = 0;
    for (const test of tests) {
      const one = test(context);
      if (one === 3) return 3;
      if (one > verdict) verdict = one;
    }
    return verdict;
  };
}

/** Compiled once for each line, however often it is named: patterns and their numbers are its own. */
const known = new WeakMap<PatternStore, WeakMap<AclTerm, TermTest>>();

function termTest(
  term: AclTerm,
  compile: (expression: Expression) => CompiledExpression,
  environment: Environment,
): TermTest {
  const { patterns } = environment;
  let tests = known.get(patterns);
  if (!tests) known.set(patterns, (tests = new WeakMap()));
  let test = tests.get(term);
  if (!test) tests.set(term, (test = makeTermTest(term, compile(term.expression), environment)));
  return test;
}

function makeTermTest(
  term: AclTerm,
  { every, mayChange }: CompiledExpression,
  environment: Environment,
): TermTest {
  const { patterns } = environment;
  const { fetch, converters } = term.expression;
  const dotted = /^req[._]ssl_ver$/.test(fetch.name) && converters.length === 0;
  const references = [
    ...term.files.map((file) => patterns.file(file, term.asMap ? 2 : 1, "acl", term.place)),
    patterns.inline(term),
  ];
  const group = fetch.name === "http_auth_group" && term.method === "str" && converters.length === 0;
  const matchers = references.map((reference) =>
    group
      ? groupTest(reference, fetch, environment)
      : usable(reference.matcher(term.method, term.ignoreCase, { dotted }), term.place),
  );
  // A list of the line's own that has nothing can only be filled by the runtime socket; all are asked.
  const single = matchers.length === 1 ? matchers[0] : undefined;
  return (context) => {
    const samples = every(context);
    if (samples === undefined) return 1;
    for (const sample of samples) {
      if (single) {
        if (single.match(sample)) return 3;
      } else for (const matcher of matchers) if (matcher.match(sample)) return 3;
    }
    return !context.final && mayChange?.(context) === true ? 1 : 0;
  };
}
