import type { Block, Row, Statement, Word } from "../grammar/statement.js";

/** A word as it has to be written to be read as one. */
function wordText(word: Word): string {
  return word.quoted || word.text === "" || /[\s{}!#\\]/.test(word.text)
    ? `"${word.text}"`
    : word.text.replaceAll(/[!#]/g, "\\$&");
}

/** Keywords whose line is read once more with quotes and escapes of its own: it is printed as it stands. */
const asWritten = new Set([
  "script",
  "misc_path",
  "regex",
  "startup_script",
  "shutdown_script",
  "quorum_up",
  "quorum_down",
]);
const isScript = (name: string) =>
  asWritten.has(name) || name.startsWith("notify") || name.endsWith("_fifo_script");

function lineText(statement: Statement): string {
  if (isScript(statement.word.text)) return escapeComment(statement.line.text);
  return [statement.word, ...statement.arguments].map(wordText).join(" ");
}

/** "!" and "#" outside of "…" would begin a comment. */
function escapeComment(line: string): string {
  let quoted = false;
  let text = "";
  for (let i = 0; i < line.length; i++) {
    const letter = line[i]!;
    if (letter === "\\" && i + 1 < line.length) {
      text += letter + line[++i]!;
      continue;
    }
    if (letter === '"') quoted = !quoted;
    text += !quoted && (letter === "!" || letter === "#") ? `\\${letter}` : letter;
  }
  return text;
}

const rowText = (row: Row): string => row.words.map(wordText).join(" ");

function* statementLines(statement: Statement, indent: string): Generator<string> {
  const inner = `${indent}    `;
  if (statement.rows) {
    yield `${indent}${lineText(statement)} {`;
    for (const row of statement.rows) yield inner + rowText(row);
    yield `${indent}}`;
  } else if (statement.block) {
    yield `${indent}${lineText(statement)} {`;
    for (const one of statement.block.statements) yield* statementLines(one, inner);
    yield `${indent}}`;
  } else yield indent + lineText(statement);
}

/**
 * A configuration in one file, in canonical form: a statement a line, blocks indented by four blanks, comments gone,
 * includes, definitions and conditions replaced by what they gave. Reading it gives the same configuration.
 */
export function printConfig(tree: Block): string {
  const blocks: string[] = [];
  for (const statement of tree.statements) blocks.push([...statementLines(statement, "")].join("\n"));
  return blocks.length === 0 ? "" : `${blocks.join("\n\n")}\n`;
}
