const meant: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  "\\": "\\",
  t: "\t",
  r: "\r",
  n: "\n",
};

/** A word without its backslashes: before quotes, backslashes, t, r and n; before others they stay. */
export function unescaped(text: string): string {
  return text.includes("\\") ? text.replaceAll(/\\(["'\\trn])/g, (_, char: string) => meant[char]!) : text;
}
