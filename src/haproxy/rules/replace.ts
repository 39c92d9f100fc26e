import type { CompiledRegex, MatchedGroups } from "../../regex/index.js";

/** Puts a match's groups in a template: "\0" to "\9", "\xHH", and any other character behind a backslash as itself (exp_replace). */
export function expand(template: string, subject: string, groups: MatchedGroups): string {
  if (!template.includes("\\")) return template;
  return template.replace(/\\(x[0-9A-Fa-f]{2}|[\s\S])/g, (_, word: string) => {
    if (word.length === 3) return String.fromCharCode(Number.parseInt(word.slice(1), 16));
    if (word < "0" || word > "9") return word;
    const group = groups[Number(word)];
    return group === undefined ? "" : subject.slice(group[0], group[1]);
  });
}

/** What a regular expression makes of a text by a template: the whole text is replaced; undefined: it doesn't match. */
export function replaced(regex: CompiledRegex, subject: string, template: () => string): string | undefined {
  const groups = regex.exec(subject, 0);
  return groups === undefined ? undefined : expand(template(), subject, groups);
}
