import type { Block } from "../block.js";
import { entries } from "../grammar/entries.js";
import { at } from "../mistake.js";
import type { Reading } from "../reading.js";
import type { Statement } from "../statement.js";

/** `types { TYPE EXTENSION…; }`: types by extension, lower case. */
export function readTypes(
  statement: Statement,
  _block: Block,
  before: ReadonlyMap<string, string> | undefined,
  reading: Reading,
): ReadonlyMap<string, string> {
  const types = new Map(before);
  for (const entry of entries(statement, reading))
    at(entry.end, () => {
      for (const word of entry.words) {
        const extension = word.text.toLowerCase();
        const old = types.get(extension);
        if (old !== undefined)
          reading.warn(
            "duplicate-extension",
            `duplicate extension "${extension}", content type: "${entry.name.text}", previous content type: "${old}"`,
            entry.end,
          );
        types.set(extension, entry.name.text);
      }
    });
  return types;
}

/** A list of types of content, as gzip_types has it; "*" is all of them. nginx's own is always among them. */
export function readTypeList(
  statement: Statement,
  _block: Block,
  before: readonly string[] | undefined,
  reading: Reading,
): readonly string[] {
  const found = [...(before ?? ["text/html"])];
  for (const word of statement.words) {
    const type = word.text.toLowerCase();
    if (found.includes(type))
      reading.warn("duplicate-type", `duplicate MIME type "${word.text}"`, statement.end);
    else found.push(type);
  }
  return found.includes("*") ? ["*"] : found;
}
