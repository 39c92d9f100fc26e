import type { Diagnostic } from "./diagnostic.js";

const levels = { emerg: "emerg", warn: "warn", note: "notice" } as const;

/**
 * Diagnostics as nginx prints them on standard error, each with our column and remedy on a line of its own. Texts are of one
 * character a byte. Plain: nothing but nginx's own.
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: { readonly quiet?: boolean; readonly plain?: boolean } = {},
): string {
  let out = "";
  for (const one of diagnostics) {
    if (one.severity === "note" && (options.quiet || options.plain)) continue;
    out += `nginx: [${levels[one.severity]}] ${one.printed}\n`;
    if (options.plain || one.severity !== "emerg" || one.place.file === "") continue;
    const { file, line, column } = one.place;
    out += `    at ${file}:${line}:${column}${one.remedy === undefined ? "" : `: ${one.remedy}`}\n`;
  }
  return out;
}
