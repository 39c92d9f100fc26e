import { suggestion } from "../../../nearest.js";
import { Mistake, within } from "../grammar/mistake.js";
import type { LogFlags, LogFormat, LogNode } from "../model/expression.js";
import { sourceNames } from "./checkpoints.js";
import { expressionIn, type Where } from "./expression.js";
import { logVariables } from "./log-variables.js";

/** How a format is used: what it asks of its fetches and what holds for all its nodes. */
export interface FormatUse {
  /** Bits of the places where it is made into text. */
  readonly places: number;
  /** What is absent is "-" (log lines). */
  readonly mandatory?: boolean;
  /** Blanks in a row become one (log lines and unique ids). */
  readonly merge?: boolean;
  /** It is made while an HTTP message is there (rules). */
  readonly http?: boolean;
  readonly column: number;
  readonly mode: "tcp" | "http";
}

const noFlags: LogFlags = { quote: false, hex: false, escape: false };

/** Takes a log-format string apart (log.c, parse_logformat_string). */
export function logFormat(where: Where, text: string, use: FormatUse): LogFormat {
  const reader = new FormatReader(where, text, use);
  return { text, nodes: reader.read(), place: { ...where.directive.place(), column: use.column } };
}

class FormatReader {
  readonly #nodes: LogNode[] = [];
  #flags: LogFlags;
  #text = "";
  #at = 0;

  constructor(
    private readonly where: Where,
    private readonly format: string,
    private readonly use: FormatUse,
  ) {
    this.#flags = use.mandatory ? { ...noFlags, mandatory: true } : noFlags;
  }

  read(): readonly LogNode[] {
    const { format } = this;
    while (this.#at < format.length) {
      const char = format[this.#at]!;
      if (char === " " && this.use.merge) {
        this.#end();
        if (this.#nodes.at(-1)?.kind !== "separator") this.#nodes.push({ kind: "separator" });
        this.#at++;
      } else if (char !== "%") {
        this.#text += char;
        this.#at++;
      } else this.#percent();
    }
    this.#end();
    return this.#nodes;
  }

  #end(): void {
    if (this.#text !== "") this.#nodes.push({ kind: "text", text: this.#text });
    this.#text = "";
  }

  #fail(message: string, at = this.#at, remedy?: string): never {
    throw new Mistake(message, {
      column: this.use.column + at,
      code: "log-format",
      ...(remedy === undefined ? {} : { remedy }),
    });
  }

  #percent(): void {
    const { format } = this;
    const start = this.#at++;
    const next = format[this.#at];
    if (next === undefined) this.#fail("truncated line after '%'", start);
    if (next === "%") {
      this.#text += "%";
      this.#at++;
      return;
    }
    if (/[\d \t]/.test(next))
      this.#fail(
        `unexpected variable name near '${next}' at position ${this.#at} line : '${format}'. Maybe you want to write a single '%', use the syntax '%%'`,
      );
    let argument: string | undefined;
    if (next === "{") {
      const close = format.indexOf("}", this.#at);
      if (close < 0) this.#fail(`truncated line after '${format.slice(this.#at + 1)}'`, start);
      argument = format.slice(this.#at + 1, close);
      this.#at = close + 1;
      if (!/[A-Za-z0-9[]/.test(format[this.#at] ?? ""))
        this.#fail(`parse argument modifier without variable name near '%{${argument}}'`, start);
    }
    if (format[this.#at] === "[") this.#expression(argument);
    else if (/[A-Za-z0-9]/.test(format[this.#at]!)) this.#variable(argument, start);
    // Other characters after "%" are plain; the "%" itself is lost.
  }

  #expression(argument: string | undefined): void {
    this.#end();
    const begin = this.#at + 1;
    const rest = this.format.slice(begin);
    const parsed = within(
      (message) => `failed to parse sample expression <${rest}> : ${message}`,
      () => expressionIn(this.where, rest, 0, this.use.column + begin),
    );
    const found = rest[parsed.end];
    if (found !== "]")
      this.#fail(
        found === undefined
          ? `missing ']' after '${rest}'`
          : `expected ']' after '${rest.slice(0, parsed.end)}', but found '${found}'`,
        begin + parsed.end,
      );
    if (!(parsed.fetch.checkpoints & this.use.places))
      this.#fail(
        `sample fetch <${rest}> may not be reliably used here because it needs '${sourceNames(parsed.fetch.sources)}' which is not available here`,
        begin,
      );
    if (this.use.http && parsed.fetch.sources.some((source) => source.endsWith("-buffer")))
      this.where.directive.warn(`L6 sample fetch <${rest}> ignored in HTTP log-format string.`, {
        column: this.use.column + begin,
        code: "fetch-ignored",
      });
    this.#nodes.push({
      kind: "expression",
      expression: parsed.expression,
      flags: changed(this.#flags, argument),
    });
    this.#at = begin + parsed.end + 1;
  }

  #variable(argument: string | undefined, start: number): void {
    const name = /^[A-Za-z0-9]+/.exec(this.format.slice(this.#at))![0];
    const needs = logVariables.get(name);
    if (needs === undefined)
      this.#fail(
        `no such format variable '${name}'. If you wanted to emit the '%' character verbatim, you need to use '%%'`,
        start,
        suggestion(name, [...logVariables.keys()]),
      );
    if (needs === "http" && this.use.mode !== "http")
      this.#fail(`format variable '${name}' is reserved for HTTP mode`, start);
    const flags = changed(this.#flags, argument);
    this.#at += name.length;
    this.#end();
    if (name === "o") this.#flags = flags;
    else
      this.#nodes.push({
        kind: "variable",
        name,
        flags,
        ...(argument === undefined ? {} : { argument }),
      });
  }
}

/** "+Q,-X": what a node's argument does to the flags that hold. */
function changed(flags: LogFlags, argument: string | undefined): LogFlags {
  const result: { -readonly [K in keyof LogFlags]: LogFlags[K] } = { ...flags };
  for (const part of (argument ?? "").split(",")) {
    const on = part.startsWith("+");
    if (!on && !part.startsWith("-")) continue;
    if (part.slice(1) === "Q") result.quote = on;
    if (part.slice(1) === "X") result.hex = on;
    if (part.slice(1) === "E") result.escape = on;
    if (part.slice(1) === "M") result.mandatory = on;
  }
  return result;
}
