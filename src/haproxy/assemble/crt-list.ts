/** A line of a crt-list: a certificate, what is different for it, and the names it is for. */
export interface CrtListLine {
  readonly path: string;
  /** Words between the brackets: "alpn h2", "verify required" … as they stand. */
  readonly options: readonly string[];
  readonly filters: readonly string[];
  readonly line: number;
}

/**
 * Reads a crt-list (ssl_crtlist.c): `<crtfile> [\[<sslbindconf> …\]] [[!]<snifilter> …]` on each line; what begins with # is a comment.
 * What stands wrong is given as a sentence.
 */
export function parseCrtList(
  text: string,
): readonly CrtListLine[] | { readonly line: number; readonly fault: string } {
  const lines: CrtListLine[] = [];
  for (const [at, written] of text.split("\n").entries()) {
    const line = at + 1;
    const trimmed = written.replace(/\r$/, "").trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const found = /^((?:\\.|[^\s[\\])+)\s*(?:\[([^\]]*)(\])?)?\s*(.*)$/.exec(trimmed);
    if (!found) return { line, fault: "a certificate's file is missing" };
    const [, path = "", options, closed, rest = ""] = found;
    if (options !== undefined && closed === undefined)
      return { line, fault: `file '${path}' : missing ']' after ssl configuration` };
    const words = (part: string) => part.split(/\s+/).filter((word) => word !== "");
    const filters: string[] = [];
    for (const word of words(rest)) {
      if (word.startsWith("#")) break;
      filters.push(word.toLowerCase());
    }
    lines.push({ path: path.replaceAll(/\\(.)/g, "$1"), options: words(options ?? ""), filters, line });
  }
  return lines;
}
