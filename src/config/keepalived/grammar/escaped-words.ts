const space = " \t\f\n\r\v";
const letters: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  E: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** Words of a command line, or why there are none. */
export type EscapedWords = { readonly words: readonly string[] } | { readonly unmatched: string };

/**
 * Words as scripts and patterns are read: '…' and "…" may stand within a word, "\" escapes (\n, \x1b, \033, \cX …) also
 * within quotes. (lib/parser.c, alloc_strvec_quoted_escaped().)
 */
export function escapedWords(text: string): EscapedWords {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && space.includes(text[at]!)) at++;
    if (at >= text.length) return { words };
    let word = "";
    let quote = "";
    for (; at < text.length; ) {
      const letter = text[at]!;
      if (letter === "\\") {
        if (at + 1 >= text.length) return { unmatched: "\\" };
        const escaped = readEscape(text, at + 1);
        word += escaped.letter;
        at = escaped.end;
      } else if (quote !== "") {
        if (letter === quote) quote = "";
        else word += letter;
        at++;
      } else if (letter === '"' || letter === "'") {
        quote = letter;
        at++;
      } else if (space.includes(letter)) break;
      else {
        word += letter;
        at++;
      }
    }
    if (quote !== "") return { unmatched: quote };
    words.push(word);
  }
}

function readEscape(text: string, at: number): { letter: string; end: number } {
  const rest = text.slice(at);
  const hex = /^x([0-9a-fA-F]+)/.exec(rest);
  if (hex)
    return { letter: String.fromCharCode(Number.parseInt(hex[1]!.slice(-2), 16)), end: at + hex[0].length };
  if (rest[0] === "c" && rest.length > 1)
    return { letter: String.fromCharCode(rest.charCodeAt(1) & 0x1f), end: at + 2 };
  const octal = /^[0-7]{1,3}/.exec(rest);
  if (octal)
    return { letter: String.fromCharCode(Number.parseInt(octal[0], 8) & 255), end: at + octal[0].length };
  return { letter: letters[rest[0]!] ?? rest[0]!, end: at + 1 };
}

/** A word as it has to be written so that it is read back. */
export function escapeWord(word: string): string {
  if (word !== "" && /^[\w@%+=:,./<>~-]+$/.test(word)) return word;
  const inner = [...word]
    .map((letter) => {
      if (letter === '"' || letter === "\\") return `\\${letter}`;
      const code = letter.charCodeAt(0);
      return code < 32 || code === 127 ? `\\${code.toString(8).padStart(3, "0")}` : letter;
    })
    .join("");
  return `'${inner.replaceAll("'", "\\'")}'`;
}
