import type { CheckRule, HealthCheck, HttpCheckSend, LogFormat } from "../../config/haproxy/model/index.js";
import { Headers } from "../../proxy/index.js";
import type { ExpressionCompiler } from "../run/index.js";
import { expectStep } from "./expect.js";
import { httpExpectStep } from "./http-expect.js";
import { protocolSteps } from "./protocols.js";
import { stateHeader } from "./state-header.js";
import type { CheckView, HttpRequest, Script, Step } from "./steps.js";

/** What makes steps of rules, and who is asked for values. */
export interface ScriptSettings {
  readonly check: HealthCheck;
  readonly compile: ExpressionCompiler;
}

/**
 * The steps of a back end's health check: those of its rules, with what HAProxy does without being told: a connect before all, of HTTP
 * a request and `expect status 200-399` at the end (check_proxy_tcpcheck).
 */
export function makeScript(settings: ScriptSettings): Script {
  const { check } = settings;
  const http = check.kind === "http";
  const presets = protocolSteps(check);
  const steps = presets === undefined ? ruleSteps(settings) : presets.steps.slice();
  if (http) completeHttp(steps, settings);
  if (steps.find((step) => step.kind !== "do")?.kind !== "connect") steps.unshift(implicitConnect);
  return { steps, http, tellsSteps: check.kind === "tcp-check", presets: presets?.presets ?? [] };
}

export const implicitConnect: Step = {
  kind: "connect",
  number: 0,
  comment: undefined,
  implicit: true,
  settings: undefined,
};

function ruleSteps(settings: ScriptSettings): Step[] {
  const { check } = settings;
  if (check.kind === "tcp") return [];
  const steps: Step[] = [];
  let remark: string | undefined;
  let previous: CheckRule["rule"] = "comment";
  check.rules.forEach((rule, at) => {
    // A remark holds for the rules of one kind that follow it; after a connect it is used up.
    if (kindOf(rule) !== previous && previous !== "comment") remark = undefined;
    previous = kindOf(rule);
    if (rule.rule === "comment") {
      remark = rule.comment;
      return;
    }
    const isAction = rule.rule === "set-var" || rule.rule === "unset-var";
    steps.push(
      ruleStep({ ...rule, comment: rule.comment ?? (isAction ? undefined : remark) }, at + 1, settings),
    );
    if (rule.rule === "connect" || isAction) remark = undefined;
  });
  return steps;
}

function kindOf(rule: CheckRule): CheckRule["rule"] {
  if (rule.rule === "http-send") return "send";
  return rule.rule === "unset-var" ? "set-var" : rule.rule;
}

function ruleStep(
  rule: Exclude<CheckRule, { rule: "comment" }>,
  number: number,
  settings: ScriptSettings,
): Step {
  const { compile } = settings;
  const common = { number, comment: rule.comment };
  switch (rule.rule) {
    case "connect":
      return { ...common, kind: "connect", implicit: false, settings: rule };
    case "send":
      return { ...common, kind: "send", make: sender(rule.data, rule.binary === true, compile) };
    case "http-send":
      return { ...common, kind: "http-send", make: requestMaker(rule, settings) };
    case "expect":
      return settings.check.kind === "http"
        ? httpExpectStep(rule, number, compile)
        : expectStep(rule, number, compile, settings.check.kind === "tcp-check");
    case "set-var": {
      const { value, scope, name } = rule;
      if ("fetch" in value) {
        const evaluate = compile.expression(value);
        return {
          ...common,
          kind: "do",
          work: (view) => {
            const sample = evaluate(view.context);
            if (sample !== undefined && typeof sample !== "symbol")
              view.check.setVariable(scope, name, sample);
          },
        };
      }
      const render = compile.format(value);
      return {
        ...common,
        kind: "do",
        work: (view) => view.check.setVariable(scope, name, { type: "str", value: render(view.context) }),
      };
    }
    case "unset-var":
      return {
        ...common,
        kind: "do",
        work: (view) => view.check.setVariable(rule.scope, rule.name, undefined),
      };
  }
}

function sender(
  data: Buffer | LogFormat,
  binary: boolean,
  compile: ExpressionCompiler,
): (view: CheckView) => Buffer | undefined | "failed" {
  if (Buffer.isBuffer(data)) return () => data;
  const render = compile.format(data, "plain");
  return (view) => {
    const text = render(view.context);
    if (text === "") return undefined;
    if (!binary) return Buffer.from(text, "latin1");
    return fromHex(text) ?? "failed";
  };
}

/** Bytes of hexadecimal digits; undefined where it isn't such. */
export function fromHex(text: string): Buffer | undefined {
  return text.length % 2 === 0 && /^[0-9a-f]*$/i.test(text) ? Buffer.from(text, "hex") : undefined;
}

/** Puts in the request of `option httpchk` and the last expect. */
function completeHttp(steps: Step[], settings: ScriptSettings): void {
  const first = steps.findIndex((step) => step.kind !== "do");
  const at =
    steps[first]?.kind === "connect"
      ? steps.findIndex((step, index) => index > first && step.kind !== "do")
      : first;
  if (steps[at]?.kind !== "http-send") {
    const place = steps[first]?.kind === "connect" ? first + 1 : 0;
    const number = steps[first]?.kind === "connect" ? (steps[first]?.number ?? 0) + 1 : 1;
    steps.splice(place, 0, {
      kind: "http-send",
      number,
      comment: undefined,
      make: requestMaker(undefined, settings),
    });
  }
  const last = steps.findLast((step) => step.kind !== "do");
  if (last?.kind === "http-send")
    steps.push(
      httpExpectStep(
        {
          type: "status",
          ranges: [{ from: 200, to: 399 }],
          negated: false,
          comment: undefined,
          minRecv: undefined,
          okStatus: undefined,
          errorStatus: undefined,
          timeoutStatus: undefined,
          onSuccess: undefined,
          onError: undefined,
          statusCode: undefined,
        },
        last.number + 1,
        settings.compile,
      ),
    );
}

/** A request: what `http-check send` says, and where it says nothing what `option httpchk` does. */
function requestMaker(
  rule: HttpCheckSend | undefined,
  settings: ScriptSettings,
): (view: CheckView) => HttpRequest {
  const { check, compile } = settings;
  const option = optionWords(check.words);
  const method = rule?.method ?? option.method ?? "OPTIONS";
  const version = rule?.version ?? option.version ?? "HTTP/1.0";
  const uri = text(rule?.uri ?? option.uri, compile);
  const body = text(rule?.body ?? option.body, compile);
  const fields = (rule?.headers ?? []).map(({ name, format }) => ({
    name: name.toLowerCase(),
    render: compile.format(format, "plain"),
  }));
  return (view) => {
    const headers = new Headers();
    const target = uri(view) || "/";
    const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target)?.[1];
    if (authority !== undefined) headers.add("host", authority);
    // An explicit request takes none of the option's fields.
    if (rule === undefined) for (const [name, value] of option.headers) headers.add(name, value);
    for (const { name, render } of fields) {
      const value = render(view.context);
      if (value === "") continue;
      if (name === "host" && authority !== undefined) headers.set(name, value);
      else headers.add(name, value);
    }
    if (check.sendState) headers.add("x-haproxy-server-state", stateHeader(view.check.server));
    const content = Buffer.from(body(view), "latin1");
    if (!headers.has("connection")) headers.add("connection", "close");
    headers.add("content-length", String(content.length));
    return { method, uri: target, version, headers, body: content };
  };
}

function text(
  what: string | LogFormat | undefined,
  compile: ExpressionCompiler,
): (view: CheckView) => string {
  if (what === undefined) return () => "";
  if (typeof what === "string") return () => what;
  const render = compile.format(what, "plain");
  return (view) => render(view.context);
}

/** `option httpchk [METHOD] [URI] [VERSION]`; header fields and a body may hide behind the version. */
function optionWords(words: readonly string[]): {
  method: string | undefined;
  uri: string | undefined;
  version: string | undefined;
  headers: [string, string][];
  body: string | undefined;
} {
  const [first, second, third, host] = words;
  const [head, ...body] = (third ?? "").split("\r\n\r\n");
  const [version, ...fields] = (head as string).split("\r\n");
  return {
    method: second === undefined ? undefined : first,
    uri: second ?? first,
    version: version === "" ? undefined : version,
    headers: [...(host === undefined || host === "" ? [] : [`host: ${host}`]), ...fields].flatMap(
      (field): [string, string][] => {
        const colon = field.indexOf(":");
        return colon > 0 ? [[field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()]] : [];
      },
    ),
    body: body.length === 0 ? undefined : body.join("\r\n\r\n"),
  };
}
