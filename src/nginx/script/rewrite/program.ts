import type { Block } from "../../../config/nginx/block.js";
import { at } from "../../../config/nginx/mistake.js";
import type { RewriteStatement } from "../../../config/nginx/model/index.js";
import { compileExpression } from "../../variables/expression.js";
import type { Registry } from "../../variables/registry.js";
import { compile } from "../compile.js";
import { compileQuotable } from "../quoted.js";
import { compileCondition } from "./condition.js";
import { Engine, type RewriteLog } from "./engine.js";
import { compileReplacement, redirectLocation, replaceUri } from "./replacement.js";
import { changeUri, type Rewritable, type RewriteResult } from "./rewritable.js";

/** undefined: go on with the next one. */
type Instruction<S extends Rewritable> = (engine: Engine<S>) => RewriteResult | undefined;

/** What the rewrite statements of a server or of a location do (ngx_http_rewrite_module). */
export interface RewriteProgram<S extends Rewritable> {
  /**
   * Runs them for a request.
   * @param phase - "server": before its location is looked for; "location": within it
   * @param log - told of what rewrite_log tells, if `tells`, and of what goes wrong
   */
  run(request: S, phase: "server" | "location", log?: RewriteLog, tells?: boolean): RewriteResult;
}

const next: RewriteResult = { kind: "next" };
const rewritten: RewriteResult = { kind: "rewritten" };

/**
 * Compiles the statements of a block, with those of its `if`s; undefined where there are none.
 * @throws Mistake with its place
 */
export function compileRewrites<S extends Rewritable>(
  statements: readonly RewriteStatement[],
  registry: Registry<S>,
): RewriteProgram<S> | undefined {
  if (statements.length === 0) return undefined;
  const instructions = statements.map((statement) => compileStatement(statement, registry));
  return {
    run(request, phase, log, tells = false) {
      const engine = new Engine(request, log, tells);
      const result = runAll(instructions, engine) ?? end(engine);
      return result === rewritten && phase === "location" ? (changeUri(request) ?? result) : result;
    },
  };
}

function runAll<S extends Rewritable>(
  instructions: readonly Instruction<S>[],
  engine: Engine<S>,
): RewriteResult | undefined {
  for (const instruction of instructions) {
    const result = instruction(engine);
    if (result) return result;
  }
  return undefined;
}

const end = (engine: { readonly changed: boolean }): RewriteResult => (engine.changed ? rewritten : next);

function compileStatement<S extends Rewritable>(
  statement: RewriteStatement,
  registry: Registry<S>,
): Instruction<S> {
  switch (statement.kind) {
    case "rewrite":
      return compileRewrite(statement, registry);
    case "return":
      return compileReturn(statement, registry);
    case "break":
      return (engine) => {
        if (engine.changed) engine.request.isLocationValid = false;
        return next;
      };
    case "set": {
      const { variable, place } = statement;
      const assign = at(place, () => registry.defineBySet(variable.replace(/^\$/, ""), place));
      const value = compileQuotable(statement.value, registry);
      return (engine) => void assign(engine.request, value(engine.request, engine.escaped)) as undefined;
    }
    case "if":
      return compileIf(statement, registry);
  }
}

function compileIf<S extends Rewritable>(
  { condition, block, place }: RewriteStatement & { kind: "if" },
  registry: Registry<S>,
): Instruction<S> {
  const holds = at(place, () => compileCondition(condition, place, registry));
  const inner = block.rewrites.map((statement) => compileStatement(statement, registry));
  const entered: Block | undefined = block.context === "location-if" ? block : undefined;
  return (engine) => {
    if (!holds(engine)) return undefined;
    if (entered) engine.request.enter(entered);
    return runAll(inner, engine);
  };
}

function compileReturn<S extends Rewritable>(
  { status, text }: RewriteStatement & { kind: "return" },
  registry: Registry<S>,
): Instruction<S> {
  const value = text && compile(text, registry);
  if (status >= 400 && (value === undefined || value.constant === "")) {
    const result: RewriteResult = { kind: "status", status };
    return () => result;
  }
  if (redirects.has(status))
    return ({ request }) => ({ kind: "redirect", status, location: value?.value(request) ?? "" });
  return ({ request }) => ({ kind: "respond", status, text: value?.value(request) ?? "" });
}

/** Statuses whose text says where to (ngx_http_send_response). */
const redirects = new Set([301, 302, 303, 307, 308]);

function compileRewrite<S extends Rewritable>(
  { regex, replacement: template, flag, place }: RewriteStatement & { kind: "rewrite" },
  registry: Registry<S>,
): Instruction<S> {
  const expression = compileExpression(regex, { ignoreCase: false, place }, registry);
  const isRedirect =
    flag === "redirect" || flag === "permanent" || /^(?:https?:\/\/|\$scheme)/.test(template.text);
  const replacement = compileReplacement(template, isRedirect, registry);
  const status = flag === "permanent" ? 301 : 302;
  return (engine) => {
    const { request } = engine;
    if (!engine.match(expression, request.uri)) return undefined;
    if (isRedirect) {
      const location = redirectLocation(request, replacement);
      engine.tell(`rewritten redirect: "${location}"`);
      return { kind: "redirect", status, location };
    }
    request.becomeInternal();
    engine.changed = flag !== "break";
    if (flag === "break") request.isLocationValid = false;
    engine.quote = false;
    const isThere = replaceUri(request, replacement);
    engine.tell(`rewritten data: "${request.uri}", args: "${request.args}"`);
    if (!isThere) return { kind: "failed", message: "the rewritten URI has a zero length" };
    return flag === undefined ? undefined : end(engine);
  };
}
