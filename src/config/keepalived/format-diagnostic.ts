import type { Diagnostic } from "./diagnostic.js";

/** A diagnostic for people: "FILE:LINE:COLUMN: error: WORDS" and, on a line of its own, what to do. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { place, severity, message, remedy } = diagnostic;
  // What is said of a file that isn't there is at no place.
  const where = place.file === "" ? "" : `${place.file}:${place.line}:${place.column}: `;
  const first = `${where}${severity}: ${message}`;
  return remedy === undefined ? first : `${first}\n  ${remedy}`;
}
