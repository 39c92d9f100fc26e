import type { MatchRule } from "../../../config/nginx/model/index.js";
import type { Headers } from "../../../proxy/index.js";
import { compileRegex } from "../../../regex/index.js";

/** The answer to a check, as far as it is looked at. */
export interface CheckAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** One character a byte; the first 256 KiB. */
  readonly body: string;
  /** What a variable of `require` is worth. */
  readonly variable: (name: string) => string;
}

/** One test of an answer: what it looks at, as the log has it, and whether it is as it should be. */
export interface AnswerTest {
  readonly doing: string;
  readonly needsBody: boolean;
  readonly fits: (answer: CheckAnswer) => boolean;
}

const test = (doing: string, fits: AnswerTest["fits"], needsBody = false): AnswerTest => ({
  doing: `checking ${doing}`,
  needsBody,
  fits,
});

/** Without `match`: 2xx or 3xx. */
export const usualTests: readonly AnswerTest[] = [
  test("status code", ({ status }) => status >= 200 && status < 400),
];

/** What a match block of http asks for; send and expect are stream's. */
export function answerTests(rules: readonly MatchRule[]): AnswerTest[] {
  return rules.flatMap((rule) => {
    switch (rule.kind) {
      case "status":
        return test("status code", ({ status }) =>
          rule.ranges.some(([from, to]) => status >= from && status <= to) !== rule.negated);
      case "header-present":
        return test("header", ({ headers }) => headers.has(rule.name.toLowerCase()) !== rule.negated);
      case "header":
        return headerTest(rule);
      case "body": {
        const regex = compileRegex(rule.regex);
        return test("body", ({ body }) => regex.test(body) !== rule.negated, true);
      }
      case "require":
        return test("variables", ({ variable }) =>
          rule.variables.every(({ text }) => !["", "0"].includes(variable(text))));
      default:
        return [];
    }
  });
}

/** Of several fields of a name one has to fit; negated: none may. */
function headerTest(rule: MatchRule & { kind: "header" }): AnswerTest {
  const name = rule.name.toLowerCase();
  const regex = rule.regex ? compileRegex(rule.value) : undefined;
  const fits = (value: string) => (regex === undefined ? value === rule.value : regex.test(value));
  return test("header", ({ headers }) => headers.all(name).some(fits) !== rule.negated);
}
