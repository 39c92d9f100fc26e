export interface PatternLine {
  readonly key: string;
  readonly value: string | undefined;
  readonly line: number;
}

/** A pattern on each line, blanks before it left out (pat_ref_read_from_file); lines that begin with "#" are comments. */
export function* parseAclFile(text: string): Iterable<PatternLine> {
  for (const { line, content } of lines(text))
    if (content !== "") yield { key: content, value: undefined, line };
}

/** A key on each line, blanks, and a value until the line's end (pat_ref_read_from_file_smp). */
export function* parseMapFile(text: string): Iterable<PatternLine> {
  for (const { line, content } of lines(text)) {
    if (content === "") continue;
    const at = content.search(/[ \t]/);
    const [key, rest] = at < 0 ? [content, ""] : [content.slice(0, at), content.slice(at)];
    yield { key, value: withoutBlanks(rest), line };
  }
}

const isBlank = (character: string | undefined) => character === " " || character === "\t";

/** Without blanks and tabs around it; an expression for that takes the square of their number. */
function withoutBlanks(text: string): string {
  let [from, end] = [0, text.length];
  while (from < end && isBlank(text[from])) from++;
  while (end > from && isBlank(text[end - 1])) end--;
  return text.slice(from, end);
}

function* lines(text: string): Iterable<{ readonly line: number; readonly content: string }> {
  let line = 0;
  for (let from = 0; from < text.length; ) {
    let end = text.indexOf("\n", from);
    if (end < 0) end = text.length;
    line++;
    const raw = text.slice(from, end);
    from = end + 1;
    if (raw.startsWith("#")) continue;
    yield { line, content: (raw.split("\r", 1)[0] as string).replace(/^[ \t]+/, "") };
  }
}
