// Perl's expressions, as PCRE2 takes them (pcre2pattern(3)), rewritten for two engines: RE2, whose time is linear, and JavaScript's, which knows
// look-around and back references. What differs: `$` (before a last line end, too), `.` and `^` (only LF ends a line), \h \H \N \R \v \Z \Q…\E,
// classes of POSIX, comments, (?P<name>…), and option letters at the beginning.

/** An expression for both engines. Undefined: that engine can't do it. */
export interface RewrittenPattern {
  readonly linear: string | undefined;
  readonly backtracking: string | undefined;
  /** How many groups take what they match; which of them have names. */
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
}

export interface PatternFlags {
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly extended: boolean;
  readonly dollarEndOnly: boolean;
  readonly allowEmptyClass: boolean;
}

const posix: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7f",
  blank: " \\t",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`{-~",
  space: " \\t\\n\\v\\f\\r",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/** Escapes that stand for classes: within brackets, and outside of them. */
const classes: Readonly<Record<string, string>> = {
  h: " \\t\\xa0",
  s: " \\t\\n\\v\\f\\r",
  v: "\\n\\v\\f\\r\\x85",
};
const characters: Readonly<Record<string, string>> = { a: "\\x07", e: "\\x1b" };
/** What neither engine has. */
const absent = /^(?:[GKXCg]|[kN]\{)/;
const end = "(?![\\s\\S])";

/** @throws Error that says what can't be done. */
export function rewritePattern(pattern: string, flags: PatternFlags): RewrittenPattern {
  let linear: string | undefined = "";
  let backtracking: string | undefined = "";
  const both = (text: string) => emit(text, text);
  const emit = (forLinear: string | undefined, other: string | undefined) => {
    linear = linear === undefined || forLinear === undefined ? undefined : linear + forLinear;
    backtracking = backtracking === undefined || other === undefined ? undefined : backtracking + other;
  };
  let quantifiable = false;
  let groups = 0;
  const names = new Map<string, number>();
  for (let i = 0; i < pattern.length; ) {
    const rest = pattern.slice(i);
    const char = rest[0]!;
    if (char === "\\") {
      const { length, ...piece } = rewriteEscape(rest);
      emit(piece.linear, piece.other);
      quantifiable = true;
      i += length;
    } else if (char === "[") {
      const { length, text } = rewriteClass(rest, flags.allowEmptyClass);
      both(text);
      quantifiable = true;
      i += length;
    } else if (rest.startsWith("(*")) throw new Error(`${/^[^)]*\)?/.exec(rest)![0]} can't be done`);
    else if (char === "(" && rest[1] === "?") {
      const { length, name, ...group } = rewriteGroup(rest);
      if (name !== undefined) {
        if (names.has(name)) throw new Error("two named subpatterns have the same name");
        names.set(name, ++groups);
      }
      emit(group.linear, group.other);
      quantifiable = false;
      i += length;
    } else if (char === "$") {
      const last = /^\$(?:$|[|)])/.test(rest);
      if (flags.multiline) emit("$", `(?=\\n|${end})`);
      else if (flags.dollarEndOnly) emit("\\z", end);
      else emit(last ? "(?:\\n?\\z)" : undefined, `(?=\\n?${end})`);
      quantifiable = true;
      i++;
    } else if (char === "^") {
      emit("^", flags.multiline ? "(?<![^\\n])" : "^");
      i++;
    } else if (char === ".") {
      emit(".", flags.dotAll ? "[\\s\\S]" : "[^\\n]");
      quantifiable = true;
      i++;
    } else if (flags.extended && /\s/.test(char)) i++;
    else if (flags.extended && char === "#") i += /^[^\n]*\n?/.exec(rest)![0].length;
    else {
      const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(rest)?.[0];
      if (quantifier && quantifiable && rest[quantifier.length] === "+")
        throw new Error(`the possessive quantifier ${quantifier}+ can't be done`);
      both(quantifier ?? (char === "{" || char === "}" || char === "]" ? `\\${char}` : char));
      i += (quantifier ?? char).length;
      if (quantifier && rest[quantifier.length] === "?") {
        both("?");
        i++;
      }
      quantifiable = !quantifier && char !== "|" && char !== "(";
      if (char === "(") groups++;
    }
  }
  return { linear, backtracking, groups, names };
}

interface Piece {
  readonly linear: string | undefined;
  readonly other: string | undefined;
  readonly length: number;
  /** Of a group with a name. */
  readonly name?: string;
}

const same = (text: string, length: number): Piece => ({ linear: text, other: text, length });

function rewriteEscape(rest: string): Piece {
  const letter = rest[1];
  if (letter === undefined) throw new Error("it ends with a backslash");
  if (letter === "Q") {
    const close = rest.indexOf("\\E", 2);
    const literal = close < 0 ? rest.slice(2) : rest.slice(2, close);
    return same(literal.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"), close < 0 ? rest.length : close + 2);
  }
  if (letter === "E") return same("", 2);
  if (absent.test(rest.slice(1, 3)) || (letter === "k" && rest[2] !== "<"))
    throw new Error(`\\${letter} can't be done`);
  if (letter === "N") return same("[^\\n]", 2);
  if (letter === "R") return same("(?:\\r\\n|[\\n\\v\\f\\r\\x85])", 2);
  if (letter === "A") return { linear: "\\A", other: "(?<![\\s\\S])", length: 2 };
  if (letter === "z") return { linear: "\\z", other: end, length: 2 };
  if (letter === "Z") return { linear: undefined, other: `(?=\\n?${end})`, length: 2 };
  const hex = /^\\x(?:\{([0-9A-Fa-f]{1,4})\}|([0-9A-Fa-f]{0,2}))/.exec(rest);
  if (hex) {
    const digits = (hex[1] ?? hex[2] ?? "").padStart(4, "0");
    return { linear: `\\x{${digits}}`, other: `\\u${digits}`, length: hex[0].length };
  }
  const lower = letter.toLowerCase();
  if (classes[lower]) return same(`[${letter === lower ? "" : "^"}${classes[lower]}]`, 2);
  if (characters[letter]) return same(characters[letter]!, 2);
  if (/[pP]/.test(letter)) {
    const property = /^\\[pP](?:\{[^}]*\}|[A-Za-z])/.exec(rest)?.[0] ?? "\\p";
    return { linear: property, other: property.replace(/^(\\.)(\w)$/, "$1{$2}"), length: property.length };
  }
  if (/[1-9k]/.test(letter)) return { linear: undefined, other: `\\${letter}`, length: 2 };
  return same(`\\${letter}`, 2);
}

function rewriteClass(rest: string, allowEmpty: boolean): { text: string; length: number } {
  let text = "[";
  let i = 1;
  if (rest[i] === "^") text += rest[i++];
  if (rest[i] === "]" && !allowEmpty) {
    text += "\\]";
    i++;
  }
  for (;;) {
    const char = rest[i];
    if (char === undefined) throw new Error("a [ isn't closed");
    const named = /^\[:(\^?)(\w+):\]/.exec(rest.slice(i));
    if (char === "]") return { text: `${text}]`, length: i + 1 };
    if (named) {
      if (named[1] || !posix[named[2]!]) throw new Error(`${named[0]} can't be done`);
      text += posix[named[2]!];
      i += named[0].length;
    } else if (char === "\\") {
      const letter = rest[i + 1] ?? "";
      text += classes[letter] ?? characters[letter] ?? `\\${letter}`;
      i += 2;
    } else {
      text += char === "[" ? "\\[" : char;
      i++;
    }
  }
}

function rewriteGroup(rest: string): Piece {
  const comment = /^\(\?#[^)]*\)/.exec(rest);
  if (comment) return same("", comment[0].length);
  const named = /^\(\?(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/.exec(rest);
  if (named) {
    const name = named[1] ?? named[2]!;
    return { linear: `(?P<${name}>`, other: `(?<${name}>`, length: named[0].length, name };
  }
  const reference = /^\(\?P=(\w+)\)/.exec(rest);
  if (reference) return { linear: undefined, other: `\\k<${reference[1]}>`, length: reference[0].length };
  const around = /^\(\?<?[=!]/.exec(rest)?.[0];
  if (around) return { linear: undefined, other: around, length: around.length };
  if (rest.startsWith("(?:")) return same("(?:", 3);
  const letters = /^\(\?([imsU]*)(?:-([imsU]*))?([:)])/.exec(rest);
  if (letters) return { linear: letters[0], other: undefined, length: letters[0].length };
  throw new Error(`${rest.slice(0, 4)} can't be done`);
}
