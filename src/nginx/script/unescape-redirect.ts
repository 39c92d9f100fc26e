/**
 * Undoes escapes of what may stand in a Location as it is, up to the "?" that begins its arguments (ngx_unescape_uri, NGX_UNESCAPE_REDIRECT).
 * As there: of an escape that isn't one only the character that is wrong is left, or nothing.
 */
export function unescapeRedirect(text: string): string {
  let result = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === "?") return result + text.slice(at);
    if (char !== "%") {
      result += char;
      continue;
    }
    const first = text[++at] ?? "";
    if (!isHex(first)) {
      result += first;
      continue;
    }
    const second = text[++at] ?? "";
    if (!isHex(second)) continue;
    const code = Number.parseInt(first + second, 16);
    if (code === 0x3f) return `${result}?${text.slice(at + 1)}`;
    result += code > 0x25 && code < 0x7f ? String.fromCharCode(code) : `%${first}${second}`;
  }
  return result;
}

const isHex = (char: string): boolean => /^[0-9A-Fa-f]$/.test(char);
