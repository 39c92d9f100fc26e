/** The patterns that {a,b} stands for, as a shell expands them, in order. "\" before a letter takes its meaning. */
export function expandBraces(pattern: string, limit = 1000): string[] {
  const open = findOpen(pattern);
  if (open === undefined) return [pattern];
  const { start, end, commas } = open;
  const cuts = [start, ...commas, end];
  const results: string[] = [];
  for (let i = 0; i + 1 < cuts.length; i++) {
    const one = pattern.slice(0, start) + pattern.slice(cuts[i]! + 1, cuts[i + 1]!) + pattern.slice(end + 1);
    results.push(...expandBraces(one, limit - results.length));
    if (results.length >= limit) return results.slice(0, limit);
  }
  return results;
}

/** The first brace that has its partner, and the commas on its level. glibc leaves "{}" and a lone "{" as they are. */
function findOpen(pattern: string): { start: number; end: number; commas: number[] } | undefined {
  for (let start = 0; start < pattern.length; start++) {
    if (pattern[start] === "\\") start++;
    else if (pattern[start] === "{" && pattern[start + 1] !== "}") {
      const found = findClose(pattern, start);
      if (found) return { start, ...found };
      return undefined;
    }
  }
  return undefined;
}

function findClose(pattern: string, start: number): { end: number; commas: number[] } | undefined {
  const commas: number[] = [];
  let depth = 0;
  for (let i = start + 1; i < pattern.length; i++) {
    const letter = pattern[i];
    if (letter === "\\") i++;
    else if (letter === "{") depth++;
    else if (letter === "," && depth === 0) commas.push(i);
    else if (letter === "}" && depth-- === 0) return { end: i, commas };
  }
  return undefined;
}
