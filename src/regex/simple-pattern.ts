/** Stands for a repeat whose end is sure. */
const mark = "\0";
/** More ways than these through one pattern aren't tried. */
const mostAlternatives = 8;

/**
 * Whether a backtracking engine is linear in the subject's length with an expression for it ("$" takes no time): nothing is repeated; or it is
 * bound to the beginning, and one character or class alone is repeated, behind those after which there is only one way on: "[^/]*" before "/".
 */
export function isSimple(source: string): boolean {
  const bare = outline(source);
  if (/\(\?[=!<]/.test(bare)) return false;
  if (repeats(bare) === 0) return true;
  if (!bare.startsWith("^") || !isOneSequence(bare)) return false;
  const rest = outline(withoutDetermined(source));
  if (repeats(rest) === 0) return true;
  // Behind it the others would begin anew for each length of it.
  const isLast = rest.lastIndexOf(mark) < rest.search(/[*+?{]/);
  return repeats(rest) === 1 && isLast && /[^)][*+]/.test(rest);
}

/** Escapes and classes as one letter each, groups as "(", and no "$". */
function outline(source: string): string {
  return source
    .replace(/\\(?:x[0-9a-fA-F]{2}|[\s\S])/g, "e")
    .replace(/\[\^?\]?[^\]]*\]/g, "c")
    .replace(/\(\?<\w+>/g, "(")
    .replaceAll("(?=e?(?!c))", "")
    .replaceAll("(?![c])", "")
    .replaceAll("(?!c)", "")
    .replaceAll("(?:", "(");
}

const repeats = (bare: string): number => bare.match(/[*+?{]/g)?.length ?? 0;

/** Alternatives stand within groups only, and are few: the first "^" holds for all of it. */
function isOneSequence(bare: string): boolean {
  if ((bare.match(/\|/g)?.length ?? 0) > mostAlternatives) return false;
  let depth = 0;
  for (const char of bare) {
    if (char === "(") depth++;
    else if (char === ")") depth--;
    else if (char === "|" && depth === 0) return false;
  }
  return true;
}

/**
 * With a mark for repeats of all but one character that this very character follows, or of digits that something else follows: where they are to end is
 * sure, so that going back into them fails at once.
 */
function withoutDetermined(source: string): string {
  const next = "(?![*+?{])";
  return source
    .replace(new RegExp(`(?<!\\\\)\\[\\^([\\w/=&,:;@!#%~-])\\][*+](\\)?)\\1${next}`, "g"), `${mark}$2e`)
    .replace(new RegExp(`(?<!\\\\)\\[\\^\\\\?([./?+*()|$-])\\][*+](\\)?)\\\\\\1${next}`, "g"), `${mark}$2e`)
    .replace(
      new RegExp(
        `(?<!\\\\)(?:\\\\d|\\[0-9\\])[*+](\\)?)([A-Za-z/_=&,:;@!#%~-]|\\\\[./?+*()|$-])${next}`,
        "g",
      ),
      `${mark}$1e`,
    );
}
