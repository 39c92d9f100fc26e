import { Mistake } from "../../config/nginx/mistake.js";

/** A part of a text: as it stands, a variable by its name, or a group of the last match by its number (1 to 9). */
export type Piece =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "capture"; readonly group: number };

const nameCharacters = /[A-Za-z0-9_]*/y;

/**
 * Takes a text apart: `$name`, `${name}`, `$1` to `$9`. There is no way to write a "$" (ngx_http_script_compile).
 * @throws Mistake `invalid variable name`, `the closing bracket in "x" variable is missing`
 */
export function parseTemplate(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < text.length; ) {
    if (text[at] !== "$") {
      const end = text.indexOf("$", at);
      pieces.push({ kind: "literal", text: text.slice(at, end < 0 ? undefined : end) });
      at = end < 0 ? text.length : end;
      continue;
    }
    const next = text[at + 1] ?? "";
    if (next >= "1" && next <= "9") {
      pieces.push({ kind: "capture", group: Number(next) });
      at += 2;
      continue;
    }
    const bracket = next === "{";
    const start = at + (bracket ? 2 : 1);
    nameCharacters.lastIndex = start;
    const name = nameCharacters.exec(text)![0];
    at = start + name.length;
    if (start >= text.length) throw new Mistake("invalid variable name");
    if (bracket && text[at++] !== "}")
      throw new Mistake(`the closing bracket in "${name}" variable is missing`);
    if (name === "") throw new Mistake("invalid variable name");
    pieces.push({ kind: "variable", name });
  }
  return pieces;
}

/** Whether a text has variables in it, right or not (ngx_http_script_variables_count). */
export const hasVariables = (text: string): boolean => text.includes("$");
