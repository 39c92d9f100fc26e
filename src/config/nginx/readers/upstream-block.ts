import type { Block } from "../block.js";
import type { Definition } from "../definition.js";
import { state } from "../directives/additions.js";
import { duplicate, Mistake } from "../mistake.js";
import type { BalanceModel, UpstreamServer } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement } from "../statement.js";
import { parseNumber } from "../values/numbers.js";

const methods = new WeakMap<Block, BalanceModel>();

/** What an upstream block chose last: methods are directives of their own, and the last counts. */
export const balanceOf = (block: Block): BalanceModel => methods.get(block) ?? { kind: "round_robin" };

/** A directive that says how an upstream chooses. */
export function inBalance(
  read: Definition<BalanceModel | undefined>["read"],
): Definition<BalanceModel | undefined>["read"] {
  return (statement, block, _before, reading) => {
    const value = read(statement, block, methods.get(block), reading);
    if (value !== undefined) methods.set(block, value);
    return value;
  };
}

/** `upstream NAME { … }`. */
export function readUpstreamName(
  statement: Statement,
  block: Block,
  _before: string | undefined,
  _reading: Reading,
): string {
  const word = statement.words[0]!;
  const context = block.context === "http" ? "http-upstream" : "stream-upstream";
  if (block.all(context).some((other) => other.statement?.words[0]?.text === word.text))
    throw new Mistake(`duplicate upstream "${word.text}"`, { code: "duplicate-upstream", word });
  return word.text;
}

/** An upstream needs servers, unless they are kept in a file. */
export function checkServers(block: Block, server: Definition<readonly UpstreamServer[]>): void {
  if (block.value(server).length === 0 && block.own(state) === undefined)
    throw new Mistake("no servers are inside upstream", {
      code: "no-servers",
      word: block.statement!.words[0]!,
    });
}

/** `keepalive N`. */
export function readKeepalive(statement: Statement, _block: Block, before: number | undefined): number {
  if (before !== undefined) throw duplicate(statement);
  const word = statement.words[0]!;
  const connections = parseNumber(word.text);
  if (!connections)
    throw new Mistake(`invalid value "${word.text}" in "${statement.name.text}" directive`, {
      code: "invalid-value",
      word,
    });
  return connections;
}
