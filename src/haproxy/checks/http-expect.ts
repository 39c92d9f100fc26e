import type { CheckExpect, HeaderTest } from "../../config/haproxy/model/index.js";
import type { ExpressionCompiler } from "../run/index.js";
import { checkStatus, statusNamed } from "./check-status.js";
import { endingsOf, whatOf } from "./expect.js";
import { pattern } from "./pattern.js";
import type { CheckResponse, CheckView, Step } from "./steps.js";

/** `http-check expect …` (tcpcheck_eval_expect_http) */
export function httpExpectStep(
  rule: CheckExpect & { readonly comment: string | undefined },
  number: number,
  compile: ExpressionCompiler,
): Step {
  const endings = endingsOf(rule, number, compile, false);
  const body = rule.type === "string" || rule.type === "rstring" || rule.type === "string-lf";
  const failed =
    rule.errorStatus !== undefined
      ? statusNamed(rule.errorStatus)
      : body
        ? checkStatus.L7RSP
        : checkStatus.L7STS;
  const looks = body ? undefined : headTest(rule, compile);
  const looksInBody = body ? bodyTest(rule, compile) : undefined;
  const hasText = rule.onError !== undefined;
  return {
    kind: "expect",
    number,
    comment: rule.comment,
    what: `${body ? "HTTP body " : ""}${whatOf(rule)}`,
    errorStatus: rule.errorStatus === undefined ? undefined : statusNamed(rule.errorStatus),
    timeoutStatus: rule.timeoutStatus === undefined ? undefined : statusNamed(rule.timeoutStatus),
    succeeded: endings.succeeded,
    evaluate: (view, last) => {
      const { response } = view;
      if (response === undefined)
        return last ? endings.failed(view, checkStatus.L7RSP, false, undefined) : "wait";
      if (looks !== undefined) {
        const match = looks(view, response);
        if (typeof match === "string") return endings.failed(view, checkStatus.L7RSP, false, match);
        if (match !== rule.negated) return "continue";
        return endings.failed(view, failed, match, hasText ? undefined : response.reason);
      }
      const { received } = view;
      if (received.length === 0) {
        if (!last) return "wait";
        const info = "HTTP content check could not find a response body";
        return endings.failed(view, failed, false, hasText ? undefined : info);
      }
      const match = looksInBody?.(view, last) ?? false;
      if (match === "wait") return "wait";
      if (typeof match === "string") return endings.failed(view, checkStatus.L7RSP, false, match);
      if (!match && !last && (rule.minRecv === undefined || rule.minRecv === -1)) return "wait";
      if (match !== rule.negated) return "continue";
      const info = rule.negated ? "HTTP check matched unwanted content" : "HTTP content check did not match";
      return endings.failed(view, failed, match, hasText ? undefined : info);
    },
  };
}

type BodyTest = (view: CheckView, last: boolean) => boolean | string;

function bodyTest(rule: CheckExpect, compile: ExpressionCompiler): BodyTest {
  const enough = (view: CheckView, last: boolean, least: number) =>
    last || (view.received.length >= least && view.received.length >= Math.max(0, rule.minRecv ?? 0));
  switch (rule.type) {
    case "string":
      return (view, last) =>
        enough(view, last, rule.data.length) ? view.received.includes(rule.data) : "wait";
    case "rstring": {
      const matches = pattern(rule.pattern);
      return (view, last) => (enough(view, last, 0) ? matches(view.received.toString("latin1")) : "wait");
    }
    case "string-lf": {
      const render = compile.format(rule.format, "plain");
      return (view, last) => {
        const wanted = Buffer.from(render(view.context), "latin1");
        if (wanted.length === 0) return "log-format string evaluated to an empty string";
        return enough(view, last, wanted.length) ? view.received.includes(wanted) : "wait";
      };
    }
    default:
      return () => rule.negated;
  }
}

type HeadTest = (view: CheckView, response: CheckResponse) => boolean | string;

function headTest(rule: CheckExpect, compile: ExpressionCompiler): HeadTest {
  switch (rule.type) {
    case "status":
      return (_view, { status }) => rule.ranges.some(({ from, to }) => status >= from && status <= to);
    case "rstatus": {
      const matches = pattern(rule.pattern);
      return (_view, { status }) => matches(String(status));
    }
    case "header": {
      const names = textTest(rule.name, compile, true);
      const values = rule.value === undefined ? undefined : textTest(rule.value, compile, false);
      return (view, { headers }) => {
        const isName = names(view);
        const isValue = values?.(view);
        if (typeof isName === "string") return isName;
        if (typeof isValue === "string") return isValue;
        return headers.names.some((name, at) => {
          if (!isName(name)) return false;
          const field = headers.values[at] as string;
          if (isValue === undefined) return true;
          return rule.full ? isValue(field) : listValues(field).some(isValue);
        });
      };
    }
    default:
      return () => rule.negated;
  }
}

type TextTest = (view: CheckView) => ((text: string) => boolean) | string;

function textTest(test: HeaderTest, compile: ExpressionCompiler, isName: boolean): TextTest {
  const { method } = test;
  if (method === "reg") {
    const source = typeof test.text === "string" ? test.text : test.text.text;
    // Names are compared without their case.
    const matches = pattern(isName ? `(?i)${source}` : source);
    return () => matches;
  }
  const render = typeof test.text === "string" ? undefined : compile.format(test.text, "plain");
  const fixed = typeof test.text === "string" ? test.text : "";
  return (view) => {
    let wanted = render === undefined ? fixed : render(view.context);
    if (render !== undefined && wanted === "") return "log-format string evaluated to an empty string";
    if (isName) wanted = wanted.toLowerCase();
    switch (method) {
      case "beg":
        return (text) => text.startsWith(wanted);
      case "end":
        return (text) => text.endsWith(wanted);
      case "sub":
        return (text) => text.includes(wanted);
      default:
        return (text) => text === wanted;
    }
  };
}

/** A field's values between commas; quoted ones may hold commas. */
function listValues(field: string): string[] {
  const values = field.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? [];
  return values.map((value) => value.trim()).filter((value) => value !== "");
}
