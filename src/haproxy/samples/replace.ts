import type { CompiledRegex, MatchedGroups } from "../../regex/index.js";

/**
 * A replacement's text (exp_replace): \0 to \9 stand for what the groups matched, \xHH for a byte, a backslash before anything else for that.
 * undefined where it ends within such.
 */
export function expand(replacement: string, subject: string, groups: MatchedGroups): string | undefined {
  let out = "";
  for (let at = 0; at < replacement.length; at++) {
    const char = replacement[at] as string;
    if (char !== "\\") {
      out += char;
      continue;
    }
    const next = replacement[++at];
    if (next === undefined) return undefined;
    if (next >= "0" && next <= "9") {
      const group = groups[Number(next)];
      if (group) out += subject.slice(group[0], group[1]);
    } else if (next === "x") {
      const digits = replacement.slice(at + 1, at + 3);
      if (digits.length < 2) return undefined;
      out += String.fromCharCode(Number.parseInt(digits, 16) & 255);
      at += 2;
    } else out += next;
  }
  return out;
}

/** Replaces the first match, or with `all` every one; one of no length stands before a character, which is kept. */
export function replaceMatches(
  subject: string,
  regex: CompiledRegex,
  anchored: boolean,
  replacement: string,
  all: boolean,
): string {
  let out = "";
  let rest = subject;
  let from = 0;
  for (let first = true; first || all; first = false) {
    // Where "^" means something the whole subject is looked at, from where the last match ended: it isn't its beginning any more.
    const groups = anchored ? regex.exec(subject, from) : regex.exec(rest, 0);
    const match = groups?.[0];
    if (!groups || !match) break;
    const base = anchored ? from : 0;
    const [start, end] = [match[0] - base, match[1] - base];
    out += rest.slice(0, start) + (expand(replacement, anchored ? subject : rest, groups) ?? "");
    if (rest === "") break;
    let used = end;
    if (end === 0) {
      out += rest.slice(0, 1);
      used = 1;
    }
    rest = rest.slice(used);
    from += used;
    if (rest === "" && used > 0 && !all) break;
  }
  return out + rest;
}
