import { kinds, type NotedLine, nameOf, notedLines, opensFile, typedText } from "./noted-lines.js";

/** The page of the manual that has the table, and what stands around it there. */
export const page = "docs/manual/notes.md";
export const begin =
  "<!-- From test/fixtures/course-notes/commands.json: RONDO_WRITE_NOTES=1 npm test -- course-notes -->";
export const end = "<!-- end -->";

const headings: Readonly<Record<NotedLine["kind"], string>> = {
  "as it is": "as it is",
  replaced: "replaced",
  mistyped: "mistyped",
  file: "in a file",
  "not applicable": "not applicable",
  "not yet": "not yet",
};

/** The table of all lines, in Markdown; a file's lines, and those that lack the same, are one row. */
export function manualTable(): string {
  const counts = kinds.map((kind) => {
    const count = notedLines.filter((line) => line.kind === kind).length;
    return `${count} ${headings[kind]}`;
  });
  return [
    `${notedLines.length} lines: ${counts.join(", ")}.`,
    "",
    "| line | in the notes | on a lab's host | where | |",
    "| --- | --- | --- | --- | --- |",
    ...runs().map(row),
    "",
  ].join("\n");
}

function runs(): NotedLine[][] {
  const all: NotedLine[][] = [];
  for (const line of notedLines) {
    const last = all.at(-1)?.at(-1);
    const mayJoin = line.kind === "file" || line.kind === "not yet";
    if (mayJoin && last && sameRow(last, line)) all.at(-1)!.push(line);
    else all.push([line]);
  }
  return all;
}

const sameRow = (one: NotedLine, other: NotedLine) =>
  (["note", "kind", "where", "why"] as const).every((key) => one[key] === other[key]);

function row(lines: readonly NotedLine[]): string {
  const [first] = lines as [NotedLine];
  const last = lines.at(-1)!;
  const name = nameOf(first) + (last === first ? "" : `–${last.line}`);
  const cells = [name, lines.map(inTheNotes).join("<br>"), onTheHost(first), first.where, first.why ?? ""];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** Remarks beside a line that is typed as it is are left out. */
const inTheNotes = (line: NotedLine) =>
  code(line.kind === "as it is" ? typedText(line) : line.text.replace(/\t+/g, "  "));

function onTheHost(line: NotedLine): string {
  const { kind, status, text, typed } = line;
  const heading = headings[kind] + (status === "fails" ? "; it fails" : "");
  if (opensFile(line)) return `${heading}: ${code(`${typedText(line)} … END`)}`;
  const isChanged = (kind === "replaced" || kind === "mistyped") && typed && !text.includes(typed);
  return isChanged ? `${heading}: ${code(typed)}` : heading;
}

const code = (text: string) => `\`${text}\``;
