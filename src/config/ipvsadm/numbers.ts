/**
 * A whole number as C's strtol reads it with nothing after it: blanks and a sign may come first, no blank may follow.
 * Undefined for anything else and for what lies outside `least` … `most`.
 */
export function wholeNumber(text: string, least: number, most: number): number | undefined {
  if (!/^[ \t\n\v\f\r]*[+-]?[0-9]+$/.test(text)) return undefined;
  const number = Number(text) + 0; // -0 becomes 0
  return number >= least && number <= most ? number : undefined;
}

/** What C's atoi makes of a text: the number it begins with, or 0. */
export function leadingNumber(text: string): number {
  const match = /^[ \t\n\v\f\r]*([+-]?[0-9]+)/.exec(text);
  return match ? Number(match[1]) : 0;
}
