/** Characters that a version may have. Letters too: what they are is told by the whole word. */
export function isVersionCharacter(c: number): boolean {
  return (c >= 46 && c <= 57) || (c >= 65 && c <= 90);
}

/** Of a text such as "HTTP/1.1" (RFC 9112 section 2.3). */
export function isAtLeast11(text: string): boolean {
  const major = text.charCodeAt(5);
  return major > 49 || (major === 49 && text.charCodeAt(7) >= 49);
}
