import type { CheckExpect } from "../../config/haproxy/model/index.js";
import { type ExpressionCompiler, later, type SampleContext } from "../run/index.js";
import { checkStatus, statusNamed } from "./check-status.js";
import { fromHex } from "./make-script.js";
import { pattern } from "./pattern.js";
import type { CheckView, Ending, Step } from "./steps.js";

/** `tcp-check expect …` */
export function expectStep(
  rule: CheckExpect & { readonly comment: string | undefined },
  number: number,
  compile: ExpressionCompiler,
  tells: boolean,
): Step {
  const endings = endingsOf(rule, number, compile, tells);
  const matcher = matcherOf(rule, compile);
  const failed = rule.errorStatus === undefined ? checkStatus.L7RSP : statusNamed(rule.errorStatus);
  return {
    kind: "expect",
    number,
    comment: rule.comment,
    what: whatOf(rule),
    errorStatus: rule.errorStatus === undefined ? undefined : statusNamed(rule.errorStatus),
    timeoutStatus: rule.timeoutStatus === undefined ? undefined : statusNamed(rule.timeoutStatus),
    succeeded: endings.succeeded,
    evaluate: (view, last) => {
      const bytes = view.received;
      if (!last) {
        if ((rule.type === "string" || rule.type === "binary") && bytes.length < rule.data.length)
          return "wait";
        if (rule.minRecv !== undefined && rule.minRecv > 0 && bytes.length < rule.minRecv) return "wait";
      }
      const match = matcher(view, last);
      if (match === "wait") return "wait";
      if (typeof match === "string") return endings.failed(view, failed, false, match);
      // Without min-recv more may yet match; with it, what came decides.
      if (!match && !last && (rule.minRecv === undefined || rule.minRecv === -1)) return "wait";
      return match !== rule.negated ? "continue" : endings.failed(view, failed, match, undefined);
    },
  };
}

/** Whether what came matches; "wait": it can't be said yet; another text: why it can't be said at all. */
function matcherOf(
  rule: CheckExpect,
  compile: ExpressionCompiler,
): (view: CheckView, last: boolean) => boolean | string {
  switch (rule.type) {
    case "string":
    case "binary":
      return ({ received }) => received.includes(rule.data);
    case "rstring": {
      const matches = pattern(rule.pattern);
      return ({ received }) => matches(received.toString("latin1"));
    }
    case "rbinary": {
      const matches = pattern(rule.pattern);
      return ({ received }) => matches(received.toString("hex").toUpperCase());
    }
    case "string-lf":
    case "binary-lf": {
      const render = compile.format(rule.format, "plain");
      return (view, last) => {
        const text = render(view.context);
        if (text === "") return "log-format string evaluated to an empty string";
        const wanted = rule.type === "string-lf" ? Buffer.from(text, "latin1") : fromHex(text);
        if (wanted === undefined)
          return "Failed to parse hexastring resulting of eval of a log-format string";
        if (view.received.length < wanted.length) return last ? false : "wait";
        return view.received.includes(wanted);
      };
    }
    default:
      return () => rule.negated;
  }
}

/** How a rule calls itself in messages. */
export function whatOf(rule: CheckExpect): string {
  switch (rule.type) {
    case "string":
      return `string '${rule.data.toString("latin1")}'`;
    case "binary":
      return `binary '${rule.data.toString("latin1")}'`;
    case "rstring":
      return "regex";
    case "rbinary":
      return "binary regex";
    case "string-lf":
      return "log-format string";
    case "binary-lf":
      return "log-format binary";
    case "status":
      return "HTTP status codes";
    case "rstatus":
      return "HTTP status regex";
    case "header":
      return "HTTP header pattern";
    case "custom":
      return "custom function";
  }
}

/** What the generic message says was looked for. */
function contentOf(rule: CheckExpect, number: number): string {
  const step = ` at step ${number}`;
  switch (rule.type) {
    case "status":
      return `(status codes)${step}`;
    case "string":
      return ` '${rule.data.toString("latin1")}'${step}`;
    case "binary":
      return ` (binary)${step}`;
    case "rstring":
    case "rstatus":
      return ` (regex)${step}`;
    case "rbinary":
      return ` (binary regex)${step}`;
    case "string-lf":
      return ` (log-format string)${step}`;
    case "binary-lf":
      return ` (log-format binary)${step}`;
    case "custom":
      return ` (custom function)${step}`;
    case "header":
      return ` (header pattern)${step}`;
  }
}

/** Makes the ends of a check at a rule: with the rule's own texts, else what was looked for. */
export function endingsOf(
  rule: CheckExpect & { readonly comment: string | undefined },
  number: number,
  compile: ExpressionCompiler,
  tells: boolean,
): {
  succeeded(view: CheckView): Ending;
  failed(view: CheckView, status: number, match: boolean, info: string | undefined): Ending;
} {
  const onError = rule.onError === undefined ? undefined : compile.format(rule.onError, "plain");
  const onSuccess = rule.onSuccess === undefined ? undefined : compile.format(rule.onSuccess, "plain");
  const evaluate = rule.statusCode === undefined ? undefined : compile.expression(rule.statusCode);
  const code = (context: SampleContext): { code?: number } => {
    const sample = evaluate?.(context);
    if (sample === undefined || sample === later) return {};
    const value = Number.parseInt(String(sample.value), 10);
    return Number.isNaN(value) ? {} : { code: value };
  };
  const ok = rule.okStatus === undefined ? checkStatus.L7OK : statusNamed(rule.okStatus);
  const comment = rule.comment === undefined ? "" : ` comment: ${rule.comment}`;
  return {
    succeeded: (view) => ({
      status: ok,
      description: onSuccess === undefined ? (tells ? "(tcp-check)" : "") : onSuccess(view.context),
      ...code(view.context),
    }),
    failed: (view, status, match, info) => {
      let description = info;
      if (description === undefined || description === "") {
        if (onError !== undefined) description = onError(view.context);
        else if (tells)
          description = `${match ? "TCPCHK matched unwanted content" : "TCPCHK did not match content"}${contentOf(rule, number)}`;
        else description = "";
      }
      return { status, description: description + comment, ...code(view.context) };
    },
  };
}
