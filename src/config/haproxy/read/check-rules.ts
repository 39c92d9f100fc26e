import type { Directive } from "../grammar/directive.js";
import { Mistake, within } from "../grammar/mistake.js";
import { type CheckConnect, type CheckRule, type HttpCheckSend, plainCheckConnect } from "../model/check.js";
import type { Expression, LogFormat } from "../model/expression.js";
import { checkSetCondition } from "../samples/argument-checks.js";
import { checkpoint } from "../samples/checkpoints.js";
import { expressionAt, expressionIn, requireAt } from "../samples/expression.js";
import { logFormat } from "../samples/log-format.js";
import { variableNamed } from "../samples/variable-name.js";
import { parseAddress } from "../values/address.js";
import { expectRule } from "./check-expect.js";
import type { Mutable, ProxyDraft } from "./proxy-draft.js";
import { forSide, type ProxyReader } from "./readers.js";

/** One step of a check while it is read: its line, and a cursor. */
export class CheckStep {
  comment: string | undefined;

  constructor(
    readonly directive: Directive,
    readonly proxy: ProxyDraft,
    readonly http: boolean,
    public at = 2,
  ) {}

  get word(): string {
    return this.directive.at(this.at);
  }

  fail(message: string, word = this.at): never {
    throw new Mistake(message, { column: this.directive.column(word), code: "invalid-value" });
  }

  /** The word after the one at the cursor, and the cursor after both. */
  value(expects: string): string {
    const keyword = this.word;
    const value = this.directive.at(this.at + 1);
    if (value === "") this.fail(`'${keyword}' expects ${expects}`, this.at + 1);
    this.at += 2;
    return value;
  }

  get where() {
    return {
      directive: this.directive.with(this.directive.words, this.proxy),
      context: "in server directive in",
    };
  }

  format(text: string, index = this.at - 1): LogFormat {
    return within(
      (message) => `'${text}' invalid log-format string (${message}).\n`,
      () =>
        logFormat(this.where, text, {
          places: checkpoint.check,
          column: this.directive.column(index),
          mode: this.http ? "http" : this.proxy.mode,
        }),
    );
  }

  /** An expression in one word. */
  expression(text: string, what: string): Expression {
    const column = this.directive.column(this.at - 1);
    return within(
      (message) => `error detected while parsing ${what} expression : ${message}`,
      () => {
        const parsed = expressionIn(this.where, text, 0, column);
        requireAt(parsed, checkpoint.check, text, column);
        return parsed.expression;
      },
    );
  }
}

/** Bytes written as hexadecimal digits. */
export function binaryOf(step: CheckStep, text: string): Buffer {
  if (text.length % 2 === 1) step.fail(`an even number of hex digit is expected`, step.at - 1);
  const wrong = /[^0-9a-fA-F]/.exec(text)?.[0];
  if (wrong) step.fail(`an hex digit is expected (found '${wrong}')`, step.at - 1);
  return Buffer.from(text, "hex");
}

function connect(step: CheckStep, rules: readonly CheckRule[]): CheckRule & { rule: "connect" } {
  if (
    !rules.some((rule) => rule.rule === "connect") &&
    rules.some((rule) => rule.rule === "send" || rule.rule === "http-send" || rule.rule === "expect")
  )
    step.fail(
      "first step MUST also be a 'connect', optionally preceded by a 'set-var', an 'unset-var' or a 'comment', when there is a 'connect' step in the tcp-check ruleset",
    );
  const found: Mutable<CheckConnect> = { ...plainCheckConnect };
  const flags = {
    default: "isDefault",
    "send-proxy": "sendProxy",
    "via-socks4": "viaSocks4",
    linger: "linger",
    ssl: "ssl",
  } as const;
  while (step.word !== "") {
    const { word } = step;
    if (Object.hasOwn(flags, word)) {
      found[flags[word as keyof typeof flags]] = true;
      step.at++;
    } else if (word === "addr") {
      const text = step.value("<ipv4|ipv6> as argument.");
      found.address = within(
        (message) => `'addr' : ${message}.`,
        () =>
          parseAddress(
            text,
            { port: "optional", stream: true, names: true },
            step.directive.reading.environment,
          ),
      );
    } else if (word === "port") {
      const text = step.value("a port number or a sample expression as argument.");
      if (!/^\d+$/.test(text)) found.port = step.expression(text, "port");
      else if (Number(text) < 1 || Number(text) > 65535)
        step.fail(
          `expects a valid TCP port (from range 1 to 65535) or a sample expression, got ${text}.`,
          step.at - 1,
        );
      else found.port = Number(text);
    } else if (word === "proto") {
      const text = step.value("a MUX protocol as argument.");
      if (!["h1", "h2", "fcgi", "none"].includes(text))
        step.fail(`'proto' : unknown MUX protocol '${text}'.`, step.at - 1);
      if (step.http === (text === "none"))
        step.fail(`'proto' : invalid MUX protocol '${text}' for ${step.directive.at(0)}`, step.at - 1);
      found.proto = text;
    } else if (word === "sni") found.sni = step.value("a string as argument.");
    else if (word === "alpn") found.alpn = step.value("a string as argument.").split(",");
    else if (word === "comment") step.comment = step.value("a string as argument.");
    else
      step.fail(
        `expects 'comment', 'port', 'addr', 'send-proxy', 'ssl', 'sni', 'alpn' or 'via-socks4', 'linger', 'default' but got '${word}' as argument.`,
      );
  }
  return { rule: "connect", ...found, comment: step.comment, place: step.directive.place(1) };
}

function send(step: CheckStep): CheckRule {
  const kind = step.directive.at(1);
  step.at = 1;
  const text = step.value(`a ${kind === "send-binary" ? "binary string" : "string"} as argument`);
  const index = step.at - 1;
  while (step.word !== "") {
    if (step.word !== "comment") step.fail(`expects 'comment' but got '${step.word}' as argument.`);
    step.comment = step.value("a string as argument.");
  }
  const data = kind.endsWith("-lf")
    ? step.format(text, index)
    : kind === "send-binary"
      ? within(
          (message) => `'${text}' invalid binary string (${message}).\n`,
          () => binaryOf(step, text),
        )
      : Buffer.from(text, "latin1");
  const binary = kind === "send-binary-lf" ? { binary: true } : {};
  return { rule: "send", data, ...binary, comment: step.comment, place: step.directive.place(1) };
}

function httpSend(step: CheckStep): CheckRule {
  const found: Mutable<HttpCheckSend> & { headers: HttpCheckSend["headers"][number][] } = {
    method: undefined,
    uri: undefined,
    version: undefined,
    headers: [],
    body: undefined,
  };
  let host: string | undefined;
  while (step.word !== "") {
    const { word } = step;
    if (word === "meth") found.method = step.value("a string as argument.");
    else if (word === "ver") found.version = step.value("a string as argument.");
    else if (word === "uri" || word === "body") found[word] = step.value("a string as argument.");
    else if (word === "uri-lf" || word === "body-lf") {
      const text = step.value("a string as argument.");
      found[word === "uri-lf" ? "uri" : "body"] = step.format(text);
    } else if (word === "comment") step.comment = step.value("a string as argument.");
    else if (word === "hdr") {
      const [name, text] = [step.directive.at(step.at + 1), step.directive.at(step.at + 2)];
      if (name === "" || text === "") step.fail("'hdr' expects <name> and <value> as arguments");
      step.at += 3;
      if (/^host$/i.test(name)) {
        if (host !== undefined)
          step.fail(`'${name}' header already defined (previous value is '${host}')`, step.at - 2);
        host = text;
      }
      if (/^(content-length|transfer-encoding)$/i.test(name)) continue;
      found.headers.push({ name, format: step.format(text) });
    } else
      step.fail(
        `expects 'comment', 'meth', 'uri', 'uri-lf', 'ver', 'hdr', 'body' or 'body-lf' but got '${word}' as argument.`,
      );
  }
  return { rule: "http-send", ...found, comment: step.comment, place: step.directive.place(1) };
}

function setVariable(step: CheckStep): CheckRule {
  const word = step.directive.at(1);
  const [, kind = "", written = ""] = /^([^(]*)\((.*)\)$/s.exec(word) ?? [];
  if (kind === "")
    step.fail(
      `invalid or incomplete action '${word}'. Expects 'set-var(<var-name>)', 'set-var-fmt(<var-name>)' or 'unset-var(<var-name>)'`,
      1,
    );
  const [name = "", ...conditions] = written.split(",");
  for (const condition of conditions) checkSetCondition(condition);
  const variable = variableNamed(name);
  const place = step.directive.place(1);
  if (kind === "unset-var") return { rule: "unset-var", ...variable, comment: undefined, place };
  if (kind === "set-var-fmt") {
    step.at = 3;
    return {
      rule: "set-var",
      ...variable,
      value: step.format(step.directive.at(2), 2),
      comment: undefined,
      place,
    };
  }
  const parsed = expressionAt(step.where, 2);
  requireAt(parsed, checkpoint.check, word, step.directive.column(2));
  return { rule: "set-var", ...variable, value: parsed.expression, comment: undefined, place };
}

function stepOf(step: CheckStep, rules: readonly CheckRule[]): CheckRule | undefined {
  const kind = step.directive.at(1);
  if (kind === "connect") return connect(step, rules);
  if (kind === "expect") return expectRule(step);
  if (kind === "comment") {
    step.at = 1;
    const comment = step.value("a string as argument.");
    return { rule: "comment", comment, place: step.directive.place(1) };
  }
  if (kind === "send" && step.http) return httpSend(step);
  if (/^send(-binary)?(-lf)?$/.test(kind) && !step.http) return send(step);
  if (/^(set-var|set-var-fmt|unset-var)/.test(kind))
    return within(
      (message) => `'${kind.replace(/\(.*/s, "")}' : ${message}`,
      () => setVariable(step),
    );
  return undefined;
}

const checkLine =
  (http: boolean): ProxyReader =>
  (directive, proxy) => {
    forSide(directive, proxy, "backend");
    const { check } = proxy;
    const kind = directive.at(1);
    if (http && (kind === "disable-on-404" || kind === "send-state")) {
      directive.atMost(0, 1);
      check[kind === "send-state" ? "sendState" : "disableOn404"] = true;
      return;
    }
    const own = http ? "ownHttp" : "ownTcp";
    const key = http ? "httpRules" : "tcpRules";
    if (!check[own]) {
      check[own] = true;
      check[key] = [];
      // The request of an `option httpchk` that was inherited goes with the rules that were.
      if (http && check.kind === "http") check.words = ["OPTIONS", "/", "HTTP/1.0", ""];
    }
    const rule = within(
      (message) => `'${directive.text(0, 2)}' : ${message}.`,
      () => stepOf(new CheckStep(directive, proxy, http), check[key]),
    );
    if (!rule)
      directive.fail(
        http
          ? `'${directive.at(0)}' only supports 'disable-on-404', 'send-state', 'comment', 'connect', 'send', 'expect', 'set-var-fmt(*)', 'set-var(*)', 'unset-var(*)'. but got '${kind}'`
          : `'${directive.at(0)}' only supports 'comment', 'connect', 'send', 'send-binary', 'expect', 'set-var-fmt(*)', 'set-var(*)', 'unset-var(*)'. but got '${kind}'`,
        { word: 1, code: "unknown-keyword" },
      );
    if (rule) check[key] = [...check[key], rule];
  };

export const checkReaders: Readonly<Record<string, ProxyReader>> = {
  "http-check": checkLine(true),
  "tcp-check": checkLine(false),
};
