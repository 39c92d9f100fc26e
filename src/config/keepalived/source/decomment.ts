import { type Chars, isBlank } from "./chars.js";

/**
 * A line without its comment (from "!" or "#" on, unless within "…" or after "\") and without blanks at both ends; the
 * backslash of "\!" and "\#" goes. A "\" at the end stays, directly after the last word. (lib/parser.c, decomment().)
 */
export function decomment(line: Chars, unterminated: () => void): Chars {
  const { text } = line;
  const keep: number[] = [];
  let start = 0;
  while (start < text.length && isBlank(text[start]!)) start++;
  let quoted = false;
  let commentAt: number | undefined;
  let continued: number | undefined;
  for (let i = start; i < text.length; i++) {
    const letter = text[i]!;
    if (letter === '"' && commentAt === undefined) quoted = !quoted;
    else if (letter === "\\") {
      if (i + 1 >= text.length) {
        continued = i;
        break;
      }
      const next = text[i + 1]!;
      const drop = !quoted && (next === "#" || next === "!");
      if (commentAt === undefined) {
        if (!drop) keep.push(i);
        keep.push(i + 1);
      }
      i++;
      continue;
    } else if (!quoted && commentAt === undefined && (letter === "!" || letter === "#")) commentAt = i;
    if (commentAt === undefined) keep.push(i);
  }
  if (quoted) unterminated();
  const from = keep[0];
  const whole = from !== undefined && keep[keep.length - 1]! - from === keep.length - 1;
  let result =
    from === undefined ? line.slice(0, 0) : whole ? line.slice(from, from + keep.length) : pick(line, keep);
  result = result.trimEnd();
  if (continued !== undefined) result = result.concat(line.slice(continued, continued + 1));
  return result;
}

function pick(line: Chars, keep: readonly number[]): Chars {
  let result = line.slice(0, 0);
  for (let i = 0; i < keep.length; ) {
    let end = i + 1;
    while (end < keep.length && keep[end] === keep[end - 1]! + 1) end++;
    result = result.concat(line.slice(keep[i]!, keep[end - 1]! + 1));
    i = end;
  }
  return result;
}
