import type { Block } from "../block.js";
import { definitionsNamed } from "../directives/index.js";
import { checkForm } from "../grammar/entries.js";
import { openFailed } from "../grammar/read-file.js";
import { readTree } from "../grammar/tree.js";
import { at, duplicate, Mistake, ofDirective } from "../mistake.js";
import type { Reading } from "../reading.js";
import type { Statement } from "../statement.js";

/** `state FILE`: servers of an upstream as the API left them. Where there is no such file yet there are none. @throws Mistake */
export function readState(
  statement: Statement,
  block: Block,
  before: string | undefined,
  reading: Reading,
): string {
  if (before !== undefined) throw duplicate(statement);
  const server = definitionsNamed("server").find(({ contexts }) => contexts.includes(block.context))!;
  if (block.own(server) !== undefined)
    throw ofDirective(statement, 'is incompatible with "server"', { code: "state-and-server" });
  const path = reading.fullName(statement.words[0]!.text);
  const answer = reading.world.readFile(Buffer.from(path, "latin1").toString());
  if ("reason" in answer) {
    if (answer.reason === "No such file or directory") return path;
    throw new Mistake(openFailed(path, answer.reason), { code: "file" });
  }
  const { statements, fault } = readTree(answer.bytes.toString("latin1"), path);
  for (const each of statements)
    at(each.end, () => {
      if (each.name.text !== "server")
        throw new Mistake(`unknown directive "${each.name.text}"`, {
          code: "unknown-directive",
          word: each.name,
        });
      checkForm(each, server);
      block.set(server, server.read(each, block, block.own(server), reading));
    });
  if (fault !== undefined) throw fault;
  return path;
}
