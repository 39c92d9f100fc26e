import { suggestion } from "../../../nearest.js";
import { Block } from "../block.js";
import type { Definition } from "../definition.js";
import { definitionsNamed, names } from "../directives/index.js";
import { at, Mistake, ofDirective } from "../mistake.js";
import type { Reading } from "../reading.js";
import type { Statement } from "../statement.js";
import { checkForm, included, mostLevels } from "./entries.js";

/** Takes statements into a block, in the file's order, as nginx does (ngx_conf_parse, ngx_conf_handler). @throws Mistake */
export function walk(
  statements: readonly Statement[],
  fault: Mistake | undefined,
  block: Block,
  reading: Reading,
  level = 0,
): void {
  for (const statement of statements) at(statement.end, () => take(statement, block, reading, level));
  if (fault !== undefined) throw fault;
}

function take(statement: Statement, block: Block, reading: Reading, level: number): void {
  if (statement.name.text === "include") {
    include(statement, block, reading, level);
    return;
  }
  if (level > mostLevels) throw new Mistake("blocks and files are nested too deeply", { code: "too-deep" });
  const definition = definitionFor(statement, block);
  checkForm(statement, definition);
  checkStatus(statement, definition, reading);
  const value = definition.read(statement, block, block.own(definition), reading);
  if (definition.block === undefined || definition.block === "words") {
    if (value !== undefined) block.set(definition, value);
    return;
  }
  const child = new Block(definition.block, block, statement);
  if (value !== undefined) child.set(definition, value);
  block.children.push(child);
  definition.enter?.(child, value, reading);
  walk(statement.block ?? [], statement.fault, child, reading, level + 1);
  at(statement.close ?? statement.end, () => definition.leave?.(child, reading));
}

function definitionFor(statement: Statement, block: Block): Definition<unknown> {
  const { text } = statement.name;
  const named = definitionsNamed(text);
  const found = named.find(({ contexts }) => contexts.includes(block.context));
  if (found) return found;
  if (named.length > 0)
    throw ofDirective(statement, "is not allowed here", {
      code: "not-allowed-here",
      remedy: `It may stand in ${[...new Set(named.flatMap(({ contexts }) => contexts))].join(", ")}.`,
    });
  const remedy = suggestion(text, names(block.context));
  throw new Mistake(`unknown directive "${text}"`, {
    code: "unknown-directive",
    word: statement.name,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

function checkStatus(statement: Statement, definition: Definition<unknown>, reading: Reading): void {
  const { status, note = "" } = definition;
  if (status === "refused")
    throw ofDirective(statement, `is not supported: ${note}`, {
      code: "not-supported",
      remedy: "Take it out.",
    });
  if (status === "without-effect")
    reading.note("without-effect", `"${statement.name.text}" directive has no effect: ${note}`, statement);
}

function include(statement: Statement, block: Block, reading: Reading, level: number): void {
  for (const { statements, fault } of included(statement, reading, level)) {
    walk(statements, fault, block, reading, level + 1);
  }
}
