import type { Expression, LogFormat, LogNode } from "../../config/haproxy/model/index.js";
import { type Evaluate, type FormatUse, later, type Render, type SampleContext } from "../run/index.js";
import { textOf } from "../samples/cast.js";
import type { Environment } from "../samples/registry.js";
import { escapeHttp } from "./escape.js";
import { type LogPiece, logVariables, plain } from "./variables.js";

/** A part of a line: text that is always the same, a blank between parts, or what is asked for each time. */
type Part = string | typeof blank | LogPiece;
const blank = Symbol("blank");

/** Formats are rendered for each request: the function for one is made once. */
const made = new WeakMap<Environment, WeakMap<LogFormat, Partial<Record<FormatUse, Render>>>>();

export function compileFormat(
  format: LogFormat,
  use: FormatUse,
  compile: (expression: Expression) => Evaluate,
  environment: Environment,
): Render {
  let formats = made.get(environment);
  if (!formats) made.set(environment, (formats = new WeakMap()));
  let uses = formats.get(format);
  if (!uses) formats.set(format, (uses = {}));
  return (uses[use] ??= makeRender(format.nodes.map((node) => partOf(node, use, compile, environment))));
}

function makeRender(parts: readonly Part[]): Render {
  if (parts.every((part) => typeof part === "string")) {
    const text = parts.join("");
    return () => text;
  }
  if (parts.length === 1) {
    const only = parts[0];
    if (typeof only === "function") return (context) => only(context) ?? "";
  }
  return (context) => {
    let line = "";
    let separated = true; // no blank stands at the beginning
    for (let at = 0; at < parts.length; at++) {
      const part = parts[at] as Part;
      if (part === blank) {
        if (!separated) line += " ";
        separated = true;
      } else if (typeof part === "string") {
        line += part;
        separated = false;
      } else {
        const text = part(context);
        if (text === undefined) continue;
        line += text;
        separated = false;
      }
    }
    return line;
  };
}

function partOf(
  node: LogNode,
  use: FormatUse,
  compile: (expression: Expression) => Evaluate,
  environment: Environment,
): Part {
  switch (node.kind) {
    case "text":
      return node.text;
    case "separator":
      return blank;
    case "variable": {
      const options = { flags: node.flags, dash: node.flags.mandatory ?? use === "log", environment };
      return logVariables[node.name]?.(options) ?? `%${node.name}`;
    }
    case "expression":
      return expressionPiece(node, use, compile(node.expression), environment);
  }
}

function expressionPiece(
  { flags }: LogNode & { readonly kind: "expression" },
  use: FormatUse,
  evaluate: Evaluate,
  environment: Environment,
): LogPiece {
  const read = use === "log" ? onBothSides(evaluate) : evaluate;
  const text = (context: SampleContext): string | undefined => {
    const sample = read(context.final ? context : { ...context, final: true });
    return sample === undefined || sample === later ? undefined : textOf(sample);
  };
  if (use === "http") return (context) => escapeHttp(text(context) ?? "", flags.escape);
  const options = { flags, dash: flags.mandatory ?? use === "log", environment };
  return (context) => plain(text(context), options);
}

/** A log line's expressions look at the request, and then at the response. */
function onBothSides(evaluate: Evaluate): Evaluate {
  return (context) => {
    const { session, stream, check } = context;
    const request = { session, stream, check, final: true, direction: "request" } as const;
    const found = evaluate(request);
    if (found !== undefined && found !== later) return found;
    return evaluate({ ...request, direction: "response" });
  };
}
