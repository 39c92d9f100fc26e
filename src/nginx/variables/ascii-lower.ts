/** With small letters for A to Z, and no others: nginx's ngx_strlow. */
export function asciiLower(text: string): string {
  const lower = text.toLowerCase();
  if (lower === text || !/[^\0-\x7f]/.test(text)) return lower;
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
