/** A word of a line, quotes and escapes taken away; columns count from 1 in the line as written. */
export interface Word {
  readonly text: string;
  readonly column: number;
  /** The column behind it, where what is written isn't what it says (quotes, variables). */
  readonly end?: number;
}

export type SplitFault = "quote" | "brace" | "variable-name" | "hexadecimal" | "word-expansion";

export interface SplitLine {
  readonly words: readonly Word[];
  /** What broke it off, and at which offset. */
  readonly fault?: { readonly kind: SplitFault; readonly offset: number };
}

const isBlank = (char: string | undefined) => char !== undefined && /[ \t\n\v\f\r]/.test(char);
const isHex = (char: string | undefined) => char !== undefined && /[0-9a-fA-F]/.test(char);

/**
 * Splits a line into words (tools.c, parse_line): blanks separate; "…" and '…' keep them; a backslash makes one character plain or is
 * \t \n \r \xHH; # begins a comment; $NAME and ${NAME-else} inside double quotes are put in, and ${NAME[*]} becomes as many words as it has.
 * `variable` gives a variable's value; a name that begins with a dot is one of HAProxy's own (undefined there: no such).
 */
export function splitLine(line: string, variable: (name: string) => string | undefined): SplitLine {
  const words: Word[] = [];
  let text = "";
  let column = 1;
  let at = 0;
  let quote: { readonly mark: string; readonly offset: number } | undefined;
  const fail = (kind: SplitFault, offset: number): SplitLine => ({ words, fault: { kind, offset } });

  while (at < line.length) {
    const char = line[at]!;
    if (char === "\0" || char === "\n" || char === "\r") break;
    if (char === "#" && !quote) break;
    if ((char === '"' && quote?.mark !== "'") || (char === "'" && quote?.mark !== '"')) {
      quote = quote ? undefined : { mark: char, offset: at };
      at++;
    } else if (char === "\\" && quote?.mark !== "'") {
      const escaped = unescaped(line, at, quote !== undefined);
      if (!escaped) return fail("hexadecimal", at);
      text += escaped.text;
      at += escaped.length;
    } else if (isBlank(char) && !quote) {
      while (isBlank(line[at]) && line[at] !== "\n") at++;
      words.push({ text, column });
      text = "";
      column = at + 1;
    } else if (char === "$" && quote?.mark === '"') {
      const found = expand(line, at, variable);
      if ("kind" in found) return fail(found.kind, found.offset);
      const [first = "", ...others] = found.each ? found.value.split(/[ \t\n\v\f\r]+/) : [found.value];
      text += first;
      for (const other of others) {
        words.push({ text, column });
        text = other;
        column = at + 1;
      }
      at = found.end;
    } else {
      text += char;
      at++;
    }
  }
  words.push({ text, column, end: at + 1 });
  return quote ? fail("quote", quote.offset) : { words };
}

function unescaped(line: string, at: number, quoted: boolean): { text: string; length: number } | undefined {
  const next = line[at + 1] ?? "";
  switch (next) {
    case " ":
    case "\\":
    case "#":
    case "'":
    case '"':
      return { text: next, length: 2 };
    case "t":
      return { text: "\t", length: 2 };
    case "n":
      return { text: "\n", length: 2 };
    case "r":
      return { text: "\r", length: 2 };
    case "$":
      return quoted ? { text: "$", length: 2 } : { text: "\\", length: 1 };
    case "x":
      if (!isHex(line[at + 2]) || !isHex(line[at + 3])) return undefined;
      return { text: String.fromCharCode(Number.parseInt(line.slice(at + 2, at + 4), 16)), length: 4 };
    default:
      return { text: "\\", length: 1 };
  }
}

type Expansion =
  | { readonly value: string; readonly each: boolean; readonly end: number }
  | { readonly kind: SplitFault; readonly offset: number };

function expand(line: string, start: number, variable: (name: string) => string | undefined): Expansion {
  let at = start + 1;
  const brace = line[at] === "{" ? at++ : undefined;
  const name = /^\.?[A-Za-z0-9_]*/.exec(line.slice(at))![0];
  if (!/^[A-Za-z_.]/.test(name)) return { kind: "variable-name", offset: at };
  let value = variable(name);
  if (name.startsWith(".") && value === undefined) return { kind: "variable-name", offset: at };
  at += name.length;
  let each = false;
  if (line[at] === "[" && brace !== undefined) {
    if (line.slice(at, at + 3) !== "[*]") return { kind: "word-expansion", offset: at };
    each = true;
    at += 3;
  }
  if (brace !== undefined) {
    if (line[at] === "-") {
      const close = line.indexOf("}", at);
      if (close < 0) return { kind: "brace", offset: brace };
      value ??= line.slice(at + 1, close);
      at = close;
    } else if (line[at] !== "}") return { kind: "brace", offset: brace };
    at++;
  }
  return { value: value ?? "", each, end: at };
}
