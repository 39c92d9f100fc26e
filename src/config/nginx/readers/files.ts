import type { Block } from "../block.js";
import { duplicate, Mistake, ofDirective } from "../mistake.js";
import type { LocationMatch, Template } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { parseNumber, parseOffset } from "../values/numbers.js";

const templateOf = (word: Word, text = word.text): Template => ({ text, place: word.place });

/** `root` and `alias`: where files are. */
export interface Root {
  /** Made whole by the prefix, unless it begins with a variable; of `root` without "/" at its end. */
  readonly path: Template;
  readonly alias: boolean;
}

export function readRoot(
  statement: Statement,
  before: Root | undefined,
  match: LocationMatch | undefined,
  reading: Reading,
): Root {
  const name = statement.name.text;
  const alias = name === "alias";
  const word = statement.words[0]!;
  if (before?.alias === alias) throw duplicate(statement);
  const about = { code: "root-and-alias", word: statement.name };
  if (before !== undefined)
    throw new Mistake(
      `"${name}" directive is duplicate, "${before.alias ? "alias" : "root"}" directive was specified earlier`,
      about,
    );
  if (alias && match?.kind === "named")
    throw new Mistake('the "alias" directive cannot be used inside the named location', about);
  for (const variable of ["document_root", "realpath_root"])
    if (word.text.includes(`$${variable}`) || word.text.includes(`\${${variable}}`))
      throw new Mistake(`the $${variable} variable cannot be used in the "${name}" directive`, {
        code: "no-such-variable-here",
        word,
      });
  const text = alias ? word.text : word.text.replace(/\/$/, "");
  return { path: templateOf(word, text.startsWith("$") ? text : reading.fullName(text)), alias };
}

/** `directio SIZE | off`: from which size on; undefined by "off". */
export function readDirectio(statement: Statement, _block: Block, before: number | undefined): number {
  if (before !== undefined) throw duplicate(statement);
  const word = statement.words[0]!;
  if (word.text === "off") return Number.POSITIVE_INFINITY;
  const size = parseOffset(word.text);
  if (size === undefined) throw ofDirective(statement, "invalid value", { code: "invalid-value", word });
  return size;
}

/** `try_files FILE… URI | =CODE`. */
export interface TryFiles {
  readonly files: readonly Template[];
  /** Where to go on, or the status of "=404". */
  readonly last: Template | number;
}

export function readTryFiles(statement: Statement, _block: Block, before: TryFiles | undefined): TryFiles {
  if (before !== undefined) throw duplicate(statement);
  const { words } = statement;
  const last = words.at(-1)!;
  const files = words.slice(0, -1).map((word) => templateOf(word));
  if (!last.text.startsWith("=")) return { files, last: templateOf(last) };
  const status = parseNumber(last.text.slice(1));
  if (status === undefined || status > 999)
    throw new Mistake(`invalid code "${last.text}"`, { code: "invalid-value", word: last });
  return { files, last: status };
}

/** `index FILE…`. */
export function readIndex(
  statement: Statement,
  _block: Block,
  before: readonly Template[] | undefined,
  reading: Reading,
): readonly Template[] {
  const { words } = statement;
  for (const [at, word] of words.entries()) {
    if (word.text === "")
      throw new Mistake(`index "${words[0]!.text}" in "index" directive is invalid`, {
        code: "invalid-value",
        word,
      });
    if (word.text.startsWith("/") && at < words.length - 1)
      reading.warn(
        "absolute-index",
        'only the last index in "index" directive should be absolute',
        statement.end,
      );
  }
  return [...(before ?? []), ...words.map((word) => templateOf(word))];
}

/** `PATH [LEVEL [LEVEL [LEVEL]]]` of temporary files. */
export function readTemporaryPath(
  statement: Statement,
  before: string | undefined,
  reading: Reading,
): string {
  if (before !== undefined) throw duplicate(statement);
  for (const word of statement.words.slice(1))
    if (!/^[123]$/.test(word.text))
      throw ofDirective(statement, "invalid value", { code: "invalid-value", word });
  return reading.fullName(statement.words[0]!.text);
}
