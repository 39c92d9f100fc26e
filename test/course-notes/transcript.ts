import { type NotedLine, nameOf, opensFile, typedLines, typedText } from "./noted-lines.js";

/** What is typed in one go, and which lines of the notes that is. */
export interface Typed {
  readonly text: string;
  readonly lines: readonly NotedLine[];
  readonly status: "works" | "fails" | "either";
  readonly shows: string;
}

/**
 * What a step of a walk types:
 *
 *     "001:47"            a line of the notes
 *     "001:64-67"         several; a file's lines go into a here-document
 *     "001:131-132 again" the same on one more host, as the notes say in words
 *     "+ COMMAND"         what the notes take for granted, or say in words
 *
 * Before a line that is mistyped in the notes, it is typed as it is there, which has to fail.
 */
export function typedOf(step: string): Typed[] {
  if (step.startsWith("+ ")) return [{ text: step.slice(2), lines: [], status: "works", shows: "" }];
  const [, note, from, to = from, again] = /^(\d{3}):(\d+)(?:-(\d+))?( again)?$/.exec(step) ?? [];
  const found = typedLines.filter(
    (each) => each.note === note && each.line >= Number(from) && each.line <= Number(to),
  );
  if (found.length === 0) throw new RangeError(`no line of the notes is typed by ${step}`);
  const all: Typed[] = [];
  for (let i = 0; i < found.length; ) {
    const line = found[i]!;
    const next = found.findIndex(({ kind }, index) => index > i && kind !== "file");
    const end = opensFile(line) && next < 0 ? found.length : opensFile(line) ? next : i + 1;
    if (line.kind === "file") throw new RangeError(`${nameOf(line)}: a file's line without its file`);
    if (line.kind === "mistyped") all.push(asInTheNotes(line));
    const lines = found.slice(i, end);
    const content = lines.map(typedText).concat(opensFile(line) ? "END" : []);
    const { status = "works", shows = "" } = line;
    all.push({ text: content.join("\n"), lines: again ? [] : lines, status, shows });
    i = end;
  }
  return all;
}

const asInTheNotes = ({ text }: NotedLine): Typed => ({
  text: `( ${text.replace(/^#/, "")} )`,
  lines: [],
  status: "fails",
  shows: "",
});

/** What bash reads: each line as it is typed, and a mark behind it with its number and status. */
export function scriptOf(typed: readonly Typed[]): string {
  return typed.map(({ text }, index) => `${text}\nprintf '\\n::%d %d\\n' ${index} $?\n`).join("");
}

/** What is wrong with what a script printed, by the first line that did not do what it should. */
export function faultOf(typed: readonly Typed[], output: string): string | undefined {
  const marks = [...output.matchAll(/\n::(\d+) (\d+)\n/g)];
  for (const [index, { text, status, shows }] of typed.entries()) {
    const mark = marks[index];
    const begin = index === 0 ? 0 : marks[index - 1]!.index + marks[index - 1]![0].length;
    const said = output.slice(begin, mark?.index);
    if (Number(mark?.[1] ?? -1) !== index) return `${text}\nnever ended:\n${said}`;
    const works = mark![2] === "0";
    if (status !== "either" && works !== (status === "works"))
      return `${text}\nhas status ${mark![2]}:\n${said}`;
    if (!said.includes(shows)) return `${text}\ndoes not show ${shows}:\n${said}`;
  }
  return undefined;
}
