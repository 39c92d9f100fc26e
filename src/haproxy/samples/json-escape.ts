const named: Readonly<Record<number, string>> = {
  34: '\\"',
  92: "\\\\",
  47: "\\/",
  8: "\\b",
  12: "\\f",
  13: "\\r",
  10: "\\n",
  9: "\\t",
};

const character = (code: number): string =>
  named[code] ??
  (code >= 32 && code < 127 ? String.fromCharCode(code) : `\\u${code.toString(16).padStart(4, "0")}`);

/** How text is read: byte by byte, or as UTF-8; with s what isn't right is left out, with p overlong forms are taken. */
export type JsonInput = "ascii" | "utf8" | "utf8s" | "utf8p" | "utf8ps";

/** What may stand between quotes in JSON; undefined where the text isn't what it should be. */
export function escapeJson(text: string, input: JsonInput): string | undefined {
  let out = "";
  if (input === "ascii") {
    for (let at = 0; at < text.length; at++) out += character(text.charCodeAt(at));
    return out;
  }
  const skips = input.endsWith("s");
  const permissive = input.includes("p", 4);
  for (let at = 0; at < text.length; ) {
    const { code, length, bad, overlong } = nextUtf8(text, at);
    at += length;
    const wrong = bad || (overlong && !permissive) || code > 0xffff;
    if (!wrong) out += character(code);
    else if (!skips) return undefined;
  }
  return out;
}

interface Decoded {
  readonly code: number;
  readonly length: number;
  /** A byte that isn't UTF-8, or a code that no character has. */
  readonly bad: boolean;
  readonly overlong: boolean;
}

function nextUtf8(text: string, at: number): Decoded {
  const first = text.charCodeAt(at);
  if (first < 0x80) return { code: first, length: 1, bad: false, overlong: false };
  const more =
    first < 0xc0
      ? 0
      : first < 0xe0
        ? 1
        : first < 0xf0
          ? 2
          : first < 0xf8
            ? 3
            : first < 0xfc
              ? 4
              : first < 0xfe
                ? 5
                : 0;
  if (more === 0 || at + more >= text.length) return { code: first, length: 1, bad: true, overlong: false };
  let code = first & (0x3f >> more);
  for (let index = 1; index <= more; index++) {
    const byte = text.charCodeAt(at + index);
    if ((byte & 0xc0) !== 0x80) return { code, length: index, bad: true, overlong: false };
    code = code * 64 + (byte & 0x3f);
  }
  const least = code <= 0x7f ? 1 : code <= 0x7ff ? 2 : code <= 0xffff ? 3 : 4;
  const range = (code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff;
  return { code, length: more + 1, bad: range, overlong: code <= 0x1fffff && more + 1 > least };
}
