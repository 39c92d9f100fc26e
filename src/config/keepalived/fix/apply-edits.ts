import type { Diagnostic, TextEdit } from "../diagnostic.js";

/** A file's text with edits made: from the end to the begin, leaving out what overlaps; all else as it was. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const ordered = [...edits].sort((a, b) => b.start - a.start || b.end - a.end);
  let result = text;
  let before = Number.POSITIVE_INFINITY;
  for (const edit of ordered) {
    if (edit.end > before) continue;
    result = result.slice(0, edit.start) + edit.text + result.slice(edit.end);
    before = edit.start;
  }
  return result;
}

/** The edits of some diagnostics by file, each once. */
export function editsByFile(diagnostics: readonly Diagnostic[]): Map<string, TextEdit[]> {
  const files = new Map<string, TextEdit[]>();
  for (const { fix } of diagnostics) {
    if (!fix) continue;
    const edits = files.get(fix.file) ?? [];
    files.set(fix.file, edits);
    if (!edits.some((other) => other.start === fix.start && other.end === fix.end)) edits.push(fix);
  }
  return files;
}
