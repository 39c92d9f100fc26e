/** How log lines keep bytes from breaking them (log.c: url_encode_map, hdr_encode_map, http_encode_map, rfc5424_escape_map). */

const hex = (char: string): string => char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0");
const byHash = (char: string): string => `#${hex(char)}`;
const byPercent = (char: string): string => `%${hex(char)}`;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const url = /["#\x00-\x1f\x7f-\xff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const header = /["#{|}\x00-\x1f\x7f-\xff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const http = /[\x00-\x08\x0a-\x1f\x7f]/;
const structured = /["\\\]]/;
const all = (of: RegExp) => new RegExp(of.source, "g");
const [urls, headers, https, structureds] = [all(url), all(header), all(http), all(structured)];

/** +E: quotes, backslashes and closing brackets get a backslash, unless they are written otherwise already. */
export const escapeStructured = (text: string): string =>
  structured.test(text) ? text.replace(structureds, "\\$&") : text;

const escaped =
  (test: RegExp, replace: RegExp, by: (char: string) => string) =>
  (text: string, structuredToo: boolean): string => {
    if (!structuredToo) return test.test(text) ? text.replace(replace, by) : text;
    return text.replace(/[\s\S]/g, (char) =>
      test.test(char) ? by(char) : structured.test(char) ? `\\${char}` : char,
    );
  };

/** Of request lines: quotes, "#" and what isn't printable as #XX. */
export const escapeUrl = escaped(url, urls, byHash);
/** Of captured header fields: "{", "|" and "}", too. */
export const escapeHeader = escaped(header, headers, byHash);
/** Of expressions that become header fields: control characters as %XX. */
export const escapeHttp = escaped(http, https, byPercent);
