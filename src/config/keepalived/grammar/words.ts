import type { Chars } from "../source/chars.js";
import type { Word } from "./statement.js";

const space = " \t\f\n\r\v";

/**
 * The words of a line: "…" is one without its quotes, also directly behind another (`a"b c"` are two). An unmatched
 * quote ends the line before it. (lib/parser.c, alloc_strvec_r().)
 */
export function splitWords(line: Chars, unmatched: () => void): Word[] {
  const { text } = line;
  const words: Word[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && space.includes(text[at]!)) at++;
    if (at >= text.length) return words;
    const start = at;
    if (text[at] === '"') {
      const close = text.indexOf('"', at + 1);
      if (close < 0) {
        unmatched();
        return words;
      }
      at = close + 1;
      words.push({ text: text.slice(start + 1, close), at: line.slice(start, at), quoted: true });
    } else {
      while (at < text.length && text[at] !== '"' && !space.includes(text[at]!)) at++;
      words.push({ text: text.slice(start, at), at: line.slice(start, at), quoted: false });
    }
  }
}
