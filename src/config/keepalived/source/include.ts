/**
 * What a missing or unfit included file is: nothing, or an error. Each of include_check's words and of includer,
 * includem, includew, includeb, includea asks for some.
 */
export interface IncludeChecks {
  /** A file is a directory, not readable, not a plain file, or executable. */
  readonly read: boolean;
  /** A plain path names no file. */
  readonly match: boolean;
  /** A pattern with wildcards matches no file. */
  readonly wildcardMatch: boolean;
  /** An alternative in braces names no file. */
  readonly braceMatch: boolean;
}

export const noChecks: IncludeChecks = { read: false, match: false, wildcardMatch: false, braceMatch: false };
export const allChecks: IncludeChecks = { read: true, match: true, wildcardMatch: true, braceMatch: true };

const byLetter: Readonly<Record<string, IncludeChecks>> = {
  r: { ...noChecks, read: true },
  m: { ...noChecks, read: true, match: true },
  w: { ...noChecks, read: true, match: true, wildcardMatch: true },
  b: { ...noChecks, read: true, braceMatch: true },
  a: allChecks,
};

/** Reads a line "include PATTERN"; `start` is where the pattern begins. */
export function readInclude(
  text: string,
): { readonly checks: IncludeChecks; readonly start: number } | undefined {
  const match = /^include([rmwba]?)[ \t\f\v\r]+/.exec(text);
  return match ? { checks: byLetter[match[1]!] ?? noChecks, start: match[0].length } : undefined;
}

const byWord: Readonly<Record<string, keyof IncludeChecks>> = {
  read: "read",
  match: "match",
  wildcard_match: "wildcardMatch",
  brace_match: "braceMatch",
};

/** include_check's words: none asks for everything; the first may set, "+word" adds and "-word" takes away. */
export function changedChecks(
  before: IncludeChecks,
  words: readonly string[],
  mistake: (index: number, message: string) => void,
): IncludeChecks {
  if (words.length === 0) return allChecks;
  let checks = before;
  for (const [index, word] of words.entries()) {
    const sign = word[0] === "+" || word[0] === "-" ? word[0] : "";
    if (sign === "" && index > 0) {
      mistake(index, `Duplicate include_check '${word}' specified - ignoring`);
      continue;
    }
    if (sign === "") checks = noChecks;
    const name = byWord[word.slice(sign.length)];
    if (!name) mistake(index, `Unknown include_check type '${word.slice(sign.length)}' - ignoring`);
    else if (sign === "") checks = { ...noChecks, read: true, [name]: true };
    else checks = { ...checks, [name]: sign === "+" };
  }
  return checks;
}

export const bothChecks = (a: IncludeChecks, b: IncludeChecks): IncludeChecks => ({
  read: a.read || b.read,
  match: a.match || b.match,
  wildcardMatch: a.wildcardMatch || b.wildcardMatch,
  braceMatch: a.braceMatch || b.braceMatch,
});
