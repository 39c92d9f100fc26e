import type { Definition } from "../definition.js";
import { formOf } from "../directives/forms.js";
import { at, Mistake } from "../mistake.js";
import type { Reading } from "../reading.js";
import type { Statement } from "../statement.js";
import { glob, isPattern } from "./glob.js";
import { readFile } from "./read-file.js";

/** More levels of files or blocks than this are a circle, or no configuration: nginx runs out of descriptors then. */
export const mostLevels = 500;

/** Whether a statement has a block and as many words as it has to. @throws Mistake */
export function checkForm(
  statement: Statement,
  definition: Pick<Definition<unknown>, "block" | "words"> | Definition<unknown>,
): void {
  const { name, words, block } = statement;
  if (definition.block === undefined && block !== undefined)
    throw new Mistake(`directive "${name.text}" is not terminated by ";"`, {
      code: "not-terminated",
      word: name,
    });
  if (definition.block !== undefined && block === undefined)
    throw new Mistake(`directive "${name.text}" has no opening "{"`, { code: "no-opening", word: name });
  const { least, most } = definition.words;
  if (words.length < least || words.length > most) {
    const form = "contexts" in definition ? formOf(definition) : undefined;
    throw new Mistake(`invalid number of arguments in "${name.text}" directive`, {
      code: "number-of-arguments",
      word: words[most] ?? name,
      ...(form === undefined ? {} : { remedy: `It is said so: ${form}` }),
    });
  }
}

/** The files that an `include` names, one after the other. @throws Mistake */
export function* included(statement: Statement, reading: Reading, level: number) {
  checkForm(statement, { words: { least: 1, most: 1 } });
  const path = reading.fullName(statement.words[0]!.text, "conf");
  if (level > mostLevels)
    throw new Mistake(`open() "${path}" failed (24: Too many open files)`, { code: "file" });
  const paths = isPattern(path) ? glob(path, reading.world) : [path];
  for (const each of paths) yield readFile(each, reading);
}

/** What stands in a block that has no directives of its own (map, geo, types), files that it includes taken in. @throws Mistake */
export function* entries(statement: Statement, reading: Reading, level = 0): Generator<Statement> {
  yield* entriesOf(statement.block ?? [], statement.fault, reading, level);
}

function* entriesOf(
  statements: readonly Statement[],
  fault: Mistake | undefined,
  reading: Reading,
  level: number,
): Generator<Statement> {
  for (const one of statements) {
    if (one.block !== undefined)
      throw new Mistake('unexpected "{"', { code: "unexpected-character", place: one.end });
    if (one.name.text === "include" && one.words.length === 1) {
      for (const tree of at(one.end, () => [...included(one, reading, level)]))
        yield* entriesOf(tree.statements, tree.fault, reading, level + 1);
    } else yield one;
  }
  if (fault !== undefined) throw fault;
}
